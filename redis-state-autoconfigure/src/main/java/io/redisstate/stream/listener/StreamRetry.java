package io.redisstate.stream.listener;

import java.lang.annotation.Documented;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * How often and when a listener's failed messages are tried again; texts may have {@code ${...}} and {@code #{...}}, and
 * where they are empty the property {@code redis-state.stream.listener.retry.*} says it.
 *
 * @since 0.1
 */
@Documented
@Target({})
@Retention(RetentionPolicy.RUNTIME)
public @interface StreamRetry {

    /** How often a message is delivered at most. */
    String attempts() default "";

    /** The wait after the first failure, such as {@code 1s}. */
    String delay() default "";

    /** By how much each wait is longer than the one before. */
    String multiplier() default "";

    /** The longest wait. */
    String maxDelay() default "";

    /** By which share a wait is shorter or longer at random, 0 to 1. */
    String jitter() default "";

    /** What is worth another try, subclasses and causes included; everything if empty. */
    Class<? extends Throwable>[] retryFor() default {};

    /** What is not, which wins. */
    Class<? extends Throwable>[] noRetryFor() default {};
}
