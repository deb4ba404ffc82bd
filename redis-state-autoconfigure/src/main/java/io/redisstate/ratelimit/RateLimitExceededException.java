package io.redisstate.ratelimit;

/**
 * A call was denied because a limit is used up.
 *
 * @since 0.1
 */
public class RateLimitExceededException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient RateLimitResult result;

    public RateLimitExceededException(RateLimitResult result) {
        super("The rate limit '" + result.rule().name() + "' of " + result.limit() + " in "
                + result.rule().per() + " is used up; the same call can succeed in " + result.retryAfter());
        this.result = result;
    }

    /** The denial, with the limit and the time to wait. */
    public RateLimitResult result() {
        return result;
    }
}
