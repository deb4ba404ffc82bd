package io.redisstate.job;

import java.time.Duration;

/**
 * Figures of a queue at one moment.
 *
 * @param paused whether it is paused
 * @param waiting jobs that are ready
 * @param delayed jobs that are not due
 * @param held jobs that wait for others
 * @param active jobs that workers have
 * @param dead jobs that failed for good
 * @param kept finished jobs that can still be looked at
 * @param workers processes that work on it
 * @param oldestWaiting for how long the longest waiting ready job has been due, among the first of each priority
 * @param totals counts since the queue was made
 * @param recent the latest minutes
 * @since 0.1
 */
public record JobStats(
        boolean paused,
        long waiting,
        long delayed,
        long held,
        long active,
        long dead,
        long kept,
        long workers,
        Duration oldestWaiting,
        Totals totals,
        Recent recent) {

    /**
     * Counts since the queue was made.
     *
     * @param completed jobs done
     * @param failed attempts that failed
     * @param stalled attempts whose worker died
     * @param cancelled jobs ended because somebody asked for it
     * @param dead jobs that died, requeued ones each time
     */
    public record Totals(long completed, long failed, long stalled, long cancelled, long dead) {}

    /**
     * The latest minutes, as workers report them: each at most once a second, so the last second of one that was killed is
     * missing.
     *
     * @param minutes how many, the current one included
     * @param completed jobs done
     * @param failed attempts that failed
     * @param waited how long jobs were due before they started at their first attempt
     * @param ran how long handlers took
     */
    public record Recent(int minutes, long completed, long failed, Percentiles waited, Percentiles ran) {

        /** Jobs done in a second, on average. */
        public double completedPerSecond() {
            return completed / (minutes * 60.0);
        }
    }

    /**
     * Percentiles of durations, each exact to a fifth and never too low.
     *
     * @param count of how many
     * @param p50 half took at most this
     * @param p95 95 of 100
     * @param p99 99 of 100
     */
    public record Percentiles(long count, Duration p50, Duration p95, Duration p99) {}
}
