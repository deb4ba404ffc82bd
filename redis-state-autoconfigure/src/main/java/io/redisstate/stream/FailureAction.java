package io.redisstate.stream;

/**
 * What is done with a message whose handler failed.
 *
 * @since 0.1
 */
public enum FailureAction {
    /** What the retry policy says. */
    BY_POLICY,
    /** To the dead letters. */
    DEAD_LETTER,
    /** Acknowledged, as if it had been handled. */
    ACKNOWLEDGE
}
