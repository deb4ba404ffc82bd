package io.redisstate.ratelimit;

import java.time.Duration;

/**
 * How much is allowed in which time. Immutable.
 *
 * @param name what it is called in configuration, keys and {@code RateLimit} fields; not blank
 * @param limit permits in each period, at least 1
 * @param per the period, at least 1 ms; of {@link RateLimitAlgorithm#CONCURRENCY} how long a permit lasts that nobody gives
 *     back
 * @param algorithm how it counts
 * @param burst of {@link RateLimitAlgorithm#TOKEN_BUCKET}, the size of the bucket, at least 1; the others ignore it
 * @param failOpen what happens while Redis can't be asked: true lets calls through, false fails them
 * @since 0.1
 */
public record RateLimit(
        String name, long limit, Duration per, RateLimitAlgorithm algorithm, long burst, boolean failOpen) {

    public RateLimit {
        require(!name.isBlank(), "name", name, "a text that is not blank");
        require(limit >= 1, "limit", limit, "a number from 1");
        require(per.toMillis() >= 1, "per", per, "a duration from 1 ms");
        require(burst >= 1, "burst", burst, "a number from 1");
    }

    /** A token bucket as large as the limit, open while Redis is away. */
    public static RateLimit of(String name, long limit, Duration per) {
        return new RateLimit(name, limit, per, RateLimitAlgorithm.TOKEN_BUCKET, Math.max(1, limit), true);
    }

    public RateLimit withAlgorithm(RateLimitAlgorithm algorithm) {
        return new RateLimit(name, limit, per, algorithm, burst, failOpen);
    }

    public RateLimit withBurst(long burst) {
        return new RateLimit(name, limit, per, algorithm, burst, failOpen);
    }

    public RateLimit withFailOpen(boolean failOpen) {
        return new RateLimit(name, limit, per, algorithm, burst, failOpen);
    }

    /** The most permits that can be there at once: the burst of a token bucket, else the limit. */
    public long most() {
        return algorithm == RateLimitAlgorithm.TOKEN_BUCKET ? burst : limit;
    }

    private static void require(boolean holds, String attribute, Object given, String allowed) {
        if (!holds) {
            throw new IllegalArgumentException(
                    "The " + attribute + " of a rate limit is '" + given + "'; allowed is " + allowed);
        }
    }
}
