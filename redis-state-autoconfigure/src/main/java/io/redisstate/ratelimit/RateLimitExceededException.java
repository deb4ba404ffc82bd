package io.redisstate.ratelimit;

/**
 * A call was denied by a rate limit.
 *
 * @since 0.1
 */
public class RateLimitExceededException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient RateLimitResult result;

    /**
     * A denial.
     *
     * @param result what the limit said
     */
    public RateLimitExceededException(RateLimitResult result) {
        super(
                result.degraded()
                        ? "Rate limit '" + result.rule().name() + "' could not be checked because Redis is unavailable"
                        : "Rate limit '" + result.rule().name() + "' ("
                                + result.rule().limit() + " per "
                                + result.rule().per() + ") is exceeded; try again in " + result.retryAfter());
        this.result = result;
    }

    /** What the limit said. */
    public RateLimitResult result() {
        return result;
    }
}
