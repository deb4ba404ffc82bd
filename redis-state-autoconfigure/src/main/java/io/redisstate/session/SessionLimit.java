package io.redisstate.session;

/**
 * How many sessions a user may have at the same time.
 *
 * @param max from 1
 * @param whenReached what becomes of a login beyond that
 * @since 0.1
 */
public record SessionLimit(int max, WhenReached whenReached) {

    /** @throws IllegalArgumentException if {@code max} is below 1 */
    public SessionLimit {
        if (max < 1) {
            throw new IllegalArgumentException("A user may have at most " + max + " sessions; it must be at least 1");
        }
    }

    /** What becomes of a login beyond the limit. */
    public enum WhenReached {
        /** It succeeds, and the sessions with the oldest logins end. */
        END_OLDEST,
        /** It fails. */
        REFUSE
    }
}
