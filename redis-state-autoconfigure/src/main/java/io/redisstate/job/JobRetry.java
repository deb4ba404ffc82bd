package io.redisstate.job;

import java.lang.annotation.Documented;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * How often and when failed jobs are tried again; see {@link Backoff}. What is empty is as
 * {@code redis-state.job} says. Placeholders are resolved.
 *
 * @since 0.1
 */
@Documented
@Target({})
@Retention(RetentionPolicy.RUNTIME)
public @interface JobRetry {

    /** After how many attempts a job is dead. */
    String attempts() default "";

    /** How long to wait after the first attempt, such as {@code 1s}. */
    String backoff() default "";

    /** How many times as long after each further one. */
    String multiplier() default "";

    /** The longest wait. */
    String maxBackoff() default "";

    /** Up to which share of it a wait is longer or shorter, at random. */
    String jitter() default "";

    /** Exceptions, subclasses too, after which a job is dead at once. */
    Class<? extends Throwable>[] noRetryFor() default {};
}
