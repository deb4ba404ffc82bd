package io.redisstate.ratelimit;

/**
 * Permits wanted of one limit for one subject.
 *
 * @param limit the limit
 * @param key the subject, such as a user or an address; not empty
 * @param cost how many permits; 1 to the limit's capacity
 * @since 0.1
 */
public record RateLimitRequest(RateLimit limit, String key, long cost) {

    /**
     * A request, checked.
     *
     * @throws IllegalArgumentException if the key is empty or the cost could never be given
     */
    public RateLimitRequest {
        if (key.isEmpty()) {
            throw new IllegalArgumentException("The key for rate limit '" + limit.name() + "' is empty");
        }
        if (cost < 1 || cost > limit.most()) {
            throw new IllegalArgumentException("The cost for rate limit '" + limit.name() + "' is " + cost
                    + "; allowed is 1 to " + limit.most() + ", the most it can give at once");
        }
    }
}
