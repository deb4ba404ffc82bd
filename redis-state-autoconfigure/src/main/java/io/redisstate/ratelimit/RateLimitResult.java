package io.redisstate.ratelimit;

import java.time.Duration;

/**
 * What a limit said to one call.
 *
 * @param allowed whether the permits were given
 * @param limit how many there are at most
 * @param remaining how many more would be given now; zero or more
 * @param retryAfter how long until the same call would be allowed, if nobody else takes permits meanwhile; zero if allowed
 * @param resetAfter how long until the subject is as if it had never called
 * @param rule the limit; of several, the one that denied or that is nearest to it
 * @param degraded whether Redis could not be asked, so that {@link RateLimit#failOpen()} decided
 * @since 0.1
 */
public record RateLimitResult(
        boolean allowed,
        long limit,
        long remaining,
        Duration retryAfter,
        Duration resetAfter,
        RateLimit rule,
        boolean degraded) {

    private static final Duration DEGRADED_RETRY = Duration.ofSeconds(1);

    /** A result that Redis gave. */
    public RateLimitResult(
            boolean allowed, long limit, long remaining, Duration retryAfter, Duration resetAfter, RateLimit rule) {
        this(allowed, limit, remaining, retryAfter, resetAfter, rule, false);
    }

    static RateLimitResult of(RateLimit rule, long[] reply, int at) {
        return new RateLimitResult(
                reply[at] == 1, rule.most(), reply[at + 1], micros(reply[at + 2]), micros(reply[at + 3]), rule);
    }

    static RateLimitResult denied(RateLimit rule, Duration retryAfter, Duration resetAfter) {
        return new RateLimitResult(false, rule.most(), 0, retryAfter, resetAfter, rule);
    }

    static RateLimitResult degraded(RateLimit rule) {
        Duration retry = rule.failOpen() ? Duration.ZERO : DEGRADED_RETRY;
        return new RateLimitResult(rule.failOpen(), rule.most(), 0, retry, retry, rule, true);
    }

    static Duration micros(long micros) {
        return Duration.ofNanos(Math.multiplyExact(Math.max(0, micros), 1_000L));
    }
}
