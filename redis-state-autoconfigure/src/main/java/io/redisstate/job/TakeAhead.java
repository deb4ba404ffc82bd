package io.redisstate.job;

import java.util.concurrent.TimeUnit;

/** How many jobs to take besides those that can begin at once, going by how long the latest took. Thread-safe. */
final class TakeAhead {

    /** Jobs that will begin within this time are taken. */
    private static final long AHEAD_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    /** Jobs that have not begun after this time go back. */
    static final long TOO_LONG_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    private static final long UNKNOWN = Long.MAX_VALUE;
    private static final int WEIGHT = 8;

    private final int concurrency;
    private final int most;
    private volatile long averageNanos = UNKNOWN;

    TakeAhead(int concurrency, int most) {
        this.concurrency = concurrency;
        this.most = most;
    }

    /** A job took so long. Two at a time may count as one, which does no harm. */
    void took(long nanos) {
        long average = averageNanos;
        averageNanos = Math.max(1, average == UNKNOWN ? nanos : average + (nanos - average) / WEIGHT);
    }

    /** Jobs that were taken have not begun for too long. */
    void wasTooMuch() {
        averageNanos = Math.max(averageNanos, TOO_LONG_NANOS);
    }

    int jobs() {
        long average = averageNanos;
        return average > AHEAD_NANOS * concurrency ? 0 : (int) Math.min(most, concurrency * AHEAD_NANOS / average);
    }
}
