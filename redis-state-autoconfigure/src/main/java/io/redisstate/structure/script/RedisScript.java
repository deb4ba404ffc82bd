package io.redisstate.structure.script;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A method that runs a Lua script, on an interface given to {@link LuaScripts#of}. The script is a file beside the interface.
 *
 * <p>Parameters with {@link ScriptKey} are its KEYS, the others its ARGV, in their order.
 *
 * @since 0.1
 */
@Documented
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
public @interface RedisScript {

    /** The file's name without {@code .lua}; the method's name if empty. */
    String value() default "";

    /** Whether running it twice does the same as running it once; then it is sent again if its reply is lost. */
    boolean repeatable() default false;
}
