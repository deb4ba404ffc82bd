package io.redisstate.job;

import java.time.Duration;

/**
 * What a worker has done since it was made.
 *
 * @param state what it is doing
 * @param running jobs that it has been given and has not yet reported
 * @param completed jobs done
 * @param failed attempts that failed
 * @param lost attempts whose end came too late: their lease had ended, so their end was refused
 * @param started attempts that began, of those of jobs that had not failed before
 * @param waited for how long these had been due, together
 * @param handled attempts whose handler has ended
 * @param ran for how long handlers ran, together
 * @since 0.1
 */
public record WorkerStatistics(
        State state,
        int running,
        long completed,
        long failed,
        long lost,
        long started,
        Duration waited,
        long handled,
        Duration ran) {

    /**
     * What a worker is doing.
     *
     * @since 0.1
     */
    public enum State {
        /** Nothing; it has not been started, or has been stopped. */
        STOPPED,
        /** Taking jobs. */
        RUNNING,
        /** Trying to reach its queue again; handlers go on. */
        DISCONNECTED,
        /** It was started, and its thread has ended. */
        DEAD
    }
}
