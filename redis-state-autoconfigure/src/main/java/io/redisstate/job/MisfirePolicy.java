package io.redisstate.job;

/**
 * What becomes of ticks that no worker was there for, noticed more than 30 s late. Ticks that are less late all run.
 *
 * @since 0.1
 */
public enum MisfirePolicy {
    /** One job for all of them, at once; then the next tick. */
    RUN_ONCE,
    /** None; only the next tick. */
    SKIP,
    /** A job for each of them, one after the other. */
    RUN_ALL
}
