package io.redisstate.ratelimit;

/**
 * How a limit counts.
 *
 * @since 0.1
 */
public enum RateLimitAlgorithm {

    /**
     * A bucket of permits that refills evenly, as the generic cell rate algorithm (ITU-T I.371) keeps it: a burst up to
     * the bucket's size, then the steady rate.
     */
    TOKEN_BUCKET,

    /**
     * Two counters, of this window and the one before, the latter weighted by how much of it the sliding window still
     * covers. An approximation in constant memory.
     */
    SLIDING_WINDOW,

    /** The time of each permit within the window: exact, with memory bounded by the limit. */
    SLIDING_LOG,

    /** A counter that begins again with each window; up to twice the limit may pass around a boundary. */
    FIXED_WINDOW,

    /** How many hold a permit at a time; a permit that is not given back expires. */
    CONCURRENCY
}
