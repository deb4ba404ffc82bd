package io.redisstate.ratelimit;

/**
 * What a {@link RateLimited} method does when a limit denies the call.
 *
 * @since 0.1
 */
public enum OnLimit {

    /** It throws {@link RateLimitExceededException}, or its future or publisher fails with it. */
    THROW,

    /** It waits, if that can succeed within {@link RateLimited#maxWait()}; else as {@link #THROW}. */
    WAIT,

    /** It calls {@link RateLimited#fallback()} instead. */
    FALLBACK
}
