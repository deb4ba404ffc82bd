package io.redisstate.ratelimit;

/**
 * Permits wanted of one limit for one subject.
 *
 * @param limit the limit
 * @param key the subject it counts for; not empty
 * @param cost how many permits, at least 1 and at most what the limit can ever give at once
 * @since 0.1
 */
public record RateLimitRequest(RateLimit limit, String key, long cost) {

    public RateLimitRequest {
        if (key.isEmpty()) {
            throw new IllegalArgumentException("The key of the rate limit '" + limit.name() + "' is empty");
        }
        if (cost < 1 || cost > limit.most()) {
            throw new IllegalArgumentException("The cost of a call of the rate limit '" + limit.name() + "' is " + cost
                    + "; allowed is 1 to " + limit.most());
        }
    }
}
