package io.redisstate.job;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;

/**
 * What a worker has counted, since it last reported and since it was made. Durations fall into buckets whose bounds grow by a fifth each, from
 * 100 µs. Thread-safe.
 */
final class JobMeter {

    private static final double FIRST_MICROS = 100;
    private static final double GROWTH = Math.log(1.2);
    private static final int BUCKETS = 128;

    private final AtomicLong completed = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();
    private final AtomicLongArray waits = new AtomicLongArray(BUCKETS);
    private final AtomicLongArray runs = new AtomicLongArray(BUCKETS);

    private final LongAdder allCompleted = new LongAdder();
    private final LongAdder allFailed = new LongAdder();
    private final LongAdder allLost = new LongAdder();
    private final LongAdder allStarted = new LongAdder();
    private final LongAdder allWaitedMicros = new LongAdder();
    private final LongAdder allHandled = new LongAdder();
    private final LongAdder allRanMicros = new LongAdder();

    private volatile boolean unreported;

    /** Whether there is anything to take. */
    boolean hasUnreported() {
        return unreported;
    }

    void completed() {
        completed.incrementAndGet();
        unreported = true;
    }

    void failed() {
        failed.incrementAndGet();
        unreported = true;
    }

    /** What became of an attempt, its lease having lasted. */
    void ended(Outcome.What what) {
        switch (what) {
            case COMPLETED -> allCompleted.increment();
            case AGAIN, DEAD -> allFailed.increment();
            default -> {}
        }
    }

    /** An attempt whose lease ended before it did. */
    void lost() {
        allLost.increment();
    }

    void waited(long micros) {
        waits.incrementAndGet(bucketOf(micros));
        allStarted.increment();
        allWaitedMicros.add(Math.max(0, micros));
        unreported = true;
    }

    void ran(long micros) {
        runs.incrementAndGet(bucketOf(micros));
        allHandled.increment();
        allRanMicros.add(micros);
        unreported = true;
    }

    /** All since it was made. */
    WorkerStatistics statistics(WorkerStatistics.State state, int running) {
        return new WorkerStatistics(
                state,
                running,
                allCompleted.sum(),
                allFailed.sum(),
                allLost.sum(),
                allStarted.sum(),
                Duration.of(allWaitedMicros.sum(), ChronoUnit.MICROS),
                allHandled.sum(),
                Duration.of(allRanMicros.sum(), ChronoUnit.MICROS));
    }

    /** {@code <name>=<n> ...}, and begins to count anew; empty if there is nothing. */
    String take() {
        unreported = false;
        StringBuilder text = new StringBuilder();
        append(text, "c", completed.getAndSet(0));
        append(text, "f", failed.getAndSet(0));
        for (int i = 0; i < BUCKETS; i++) {
            append(text, "w" + i, waits.getAndSet(i, 0));
            append(text, "r" + i, runs.getAndSet(i, 0));
        }
        return text.toString();
    }

    private static void append(StringBuilder text, String name, long count) {
        if (count > 0) {
            text.append(name).append('=').append(count).append(' ');
        }
    }

    static int bucketOf(long micros) {
        if (micros <= FIRST_MICROS) {
            return 0;
        }
        return (int) Math.min(BUCKETS - 1, Math.ceil(Math.log(micros / FIRST_MICROS) / GROWTH));
    }

    private static Duration upperBound(int bucket) {
        return Duration.ofNanos(Math.round(FIRST_MICROS * Math.exp(GROWTH * bucket) * 1000));
    }

    /** Of the buckets whose names begin with a letter. */
    static JobStats.Percentiles percentiles(Map<String, Long> sums, char letter) {
        long[] counts = new long[BUCKETS];
        long all = 0;
        for (int i = 0; i < BUCKETS; i++) {
            counts[i] = sums.getOrDefault(letter + Integer.toString(i), 0L);
            all += counts[i];
        }
        return new JobStats.Percentiles(
                all, percentile(counts, all, 50), percentile(counts, all, 95), percentile(counts, all, 99));
    }

    private static Duration percentile(long[] counts, long all, int percent) {
        long rank = (all * percent + 99) / 100;
        long seen = 0;
        for (int i = 0; i < BUCKETS; i++) {
            seen += counts[i];
            if (seen >= rank && all > 0) {
                return upperBound(i);
            }
        }
        return Duration.ZERO;
    }
}
