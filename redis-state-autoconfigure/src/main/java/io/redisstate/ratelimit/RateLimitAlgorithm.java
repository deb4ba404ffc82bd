package io.redisstate.ratelimit;

/**
 * What a limit promises.
 *
 * @since 0.1
 */
public enum RateLimitAlgorithm {

    /**
     * A bucket of {@link RateLimit#burst()} permits that refills evenly, {@code limit} permits in each {@code per}; in any
     * span of time at most {@code burst + limit * span / per}. Kept as the Generic Cell Rate Algorithm does (ITU-T I.371).
     * One string per subject.
     */
    TOKEN_BUCKET("token-bucket", 'b'),

    /**
     * At most {@code limit} in the time since the window began plus the share of the window before that a sliding window
     * still covers, which assumes that those came evenly; up to twice the limit in a span where they did not. One string
     * per subject.
     */
    SLIDING_WINDOW("sliding-window", 'w'),

    /** At most {@code limit} in any span of {@code per}, exactly. One sorted set per subject, with up to {@code limit} members. */
    SLIDING_LOG("sliding-log", 'l'),

    /**
     * At most {@code limit} in a window of {@code per} that begins with its first call; up to twice the limit in a span over
     * two windows. One string per subject, the cheapest.
     */
    FIXED_WINDOW("fixed-window", 'f'),

    /**
     * At most {@code limit} permits held at once; each ends by itself after {@code per} unless given back before. One sorted
     * set per subject, with up to {@code limit} members.
     */
    CONCURRENCY("concurrency", 'c');

    private final String script;

    private final char code;

    RateLimitAlgorithm(String script, char code) {
        this.script = script;
        this.code = code;
    }

    /** Its letter in keys. */
    char code() {
        return code;
    }

    /** The name of its script. */
    String script() {
        return script;
    }
}
