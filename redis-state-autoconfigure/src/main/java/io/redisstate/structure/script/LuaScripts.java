package io.redisstate.structure.script;

import io.redisstate.core.CallExecutor;
import io.redisstate.core.JsonCodec;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Makes typed methods of Lua scripts: an interface with {@link RedisScript} methods is all there is to write.
 *
 * <p>A call is one round trip (EVALSHA), two after the server has lost its scripts. Thread-safe, as what it makes is.
 *
 * <p>Arguments: strings, numbers, booleans ({@code 1} and {@code 0}), bytes, enums by name, {@code Duration} in milliseconds,
 * {@code Instant} in milliseconds since 1970, collections of these one after the other, anything else as JSON. Replies: {@code void};
 * {@code long}, {@code int}, {@code boolean} (not 0) and their boxes; {@code String}; {@code byte[]}; {@code List} of
 * strings, longs or objects; {@code Map} of strings; {@code Optional} of a string or object; any other type from JSON. A reply
 * of nil is null, an empty {@code Optional}, list or map.
 *
 * @since 0.1
 */
public final class LuaScripts {

    private final CallExecutor calls;
    private final JsonCodec codec;

    public LuaScripts(CallExecutor calls, JsonCodec codec) {
        this.calls = calls;
        this.codec = codec;
    }

    /**
     * An object whose methods run the scripts. Its files are read now; nothing is sent to Redis.
     *
     * @param type an interface; all its methods are default, static or have {@link RedisScript}
     * @throws IllegalArgumentException if a method can't be a script; the message names it
     * @throws IllegalStateException if a file is missing
     */
    public <T> T of(Class<T> type) {
        if (!type.isInterface()) {
            throw new IllegalArgumentException(type.getName() + " is no interface, so its scripts can't be called");
        }
        Map<Method, ScriptMethod> methods = new HashMap<>();
        for (Method method : type.getMethods()) {
            if (Modifier.isAbstract(method.getModifiers())) {
                methods.put(method, ScriptMethod.of(type, method, codec));
            }
        }
        return type.cast(
                Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, new Handler(type, methods)));
    }

    private final class Handler implements InvocationHandler {

        private final Class<?> type;
        private final Map<Method, ScriptMethod> methods;

        Handler(Class<?> type, Map<Method, ScriptMethod> methods) {
            this.type = type;
            this.methods = methods;
        }

        @Override
        public @Nullable Object invoke(Object proxy, Method method, @Nullable Object @Nullable [] arguments)
                throws Throwable {
            ScriptMethod script = methods.get(method);
            @Nullable Object[] given = arguments == null ? new Object[0] : arguments;
            if (script != null) {
                return script.run(calls, given);
            }
            if (method.isDefault()) {
                return InvocationHandler.invokeDefault(proxy, method, arguments);
            }
            return switch (method.getName()) {
                case "equals" -> proxy == given[0];
                case "hashCode" -> System.identityHashCode(proxy);
                default -> "scripts of " + Objects.requireNonNull(type).getName();
            };
        }
    }
}
