package io.redisstate.pubsub.event;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a class whose objects, published as application events, are published in all other instances of the application
 * too. The class is written as JSON; it does not extend {@link org.springframework.context.ApplicationEvent}.
 *
 * @since 0.1
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Documented
public @interface Broadcast {

    /** The name of the event between the instances, by default the class's; instances that don't know it ignore it. */
    String value() default "";
}
