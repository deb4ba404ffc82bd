package io.redisstate.session;

/**
 * What becomes of a request that needs its session while Redis can't be reached.
 *
 * @since 0.1
 */
public enum OnUnavailable {

    /** It fails with {@link SessionUnavailableException}, which the filters answer with 503. */
    FAIL,

    /**
     * It goes on with an empty session that ends with it. The browser keeps its cookie, so its real session is there again
     * with Redis. Logging out fails all the same: it can't be done, and must not seem so.
     */
    REQUEST_LOCAL
}
