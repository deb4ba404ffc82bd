package io.redisstate.ratelimit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.aot.hint.annotation.Reflective;

/**
 * Limits how often a method of a bean may be called, by all processes of the application together.
 *
 * <p>The limit is one of the configuration ({@link #name()}) or of its own ({@link #limit()} and {@link #per()}). Repeated,
 * the limits with the same key are checked in one script, all or none; those with different keys one key after the
 * other. A mistake in an annotation fails the start of the application. May be put on another annotation.
 *
 * <p>The check blocks for one round trip; before the method of a plain or {@code CompletionStage} return type in the
 * caller's thread, before each subscription to a reactive one on a thread that may block.
 *
 * @since 0.1
 */
@Documented
@Target({ElementType.METHOD, ElementType.ANNOTATION_TYPE})
@Retention(RetentionPolicy.RUNTIME)
@Repeatable(RateLimited.All.class)
@Reflective(FallbackHints.class)
public @interface RateLimited {

    /** The name of a limit below {@code redis-state.rate-limit.limits}; then neither limit nor per. */
    String name() default "";

    /** Calls in each period, at least 1. */
    long limit() default 0;

    /** The period, such as {@code 10s} or {@code PT1M}; placeholders are resolved. */
    String per() default "";

    /** How a limit of its own counts. */
    RateLimitAlgorithm algorithm() default RateLimitAlgorithm.TOKEN_BUCKET;

    /**
     * A SpEL expression for whom the call counts, such as {@code #user.id}; all calls count together if empty. Arguments
     * by name, {@code @bean}s, {@code #root.method}, {@code #root.target} and {@code #root.args} can be used. A result of
     * null is an error.
     */
    String key() default "";

    /** A SpEL expression for how many permits a call takes, at least 1. */
    String cost() default "1";

    /** What happens when the limit denies the call. */
    OnLimit onLimit() default OnLimit.THROW;

    /** How long {@link OnLimit#WAIT} waits at most; placeholders are resolved. */
    String maxWait() default "1s";

    /** For {@link OnLimit#FALLBACK}: a method of the same class with the same parameters and a return type that fits. */
    String fallback() default "";

    /** Several limits of one method. */
    @Documented
    @Target({ElementType.METHOD, ElementType.ANNOTATION_TYPE})
    @Retention(RetentionPolicy.RUNTIME)
    @Reflective(FallbackHints.class)
    @interface All {

        /** The limits. */
        RateLimited[] value();
    }
}
