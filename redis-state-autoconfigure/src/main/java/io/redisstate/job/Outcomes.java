package io.redisstate.job;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** What has become of jobs and is not reported yet. Many threads add, one takes. */
final class Outcomes {

    /** How long an outcome waits for others to be reported with. */
    private static final long FLUSH_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private static final int MAX_TAKEN = 500;

    private final int batch;
    private final Queue<Outcome> queue = new ConcurrentLinkedQueue<>();
    private final AtomicInteger size = new AtomicInteger();
    private volatile long firstNanos;

    /**
     * Outcomes.
     *
     * @param batch as many are reported without waiting for others
     */
    Outcomes(int batch) {
        this.batch = batch;
    }

    /** Whether the one who takes should look: it is the first, or there are many. */
    boolean add(Outcome outcome) {
        queue.add(outcome);
        int now = size.incrementAndGet();
        if (now == 1) {
            firstNanos = System.nanoTime();
        }
        return now == 1 || now % Math.max(1, batch / 2) == 0;
    }

    List<Outcome> take() {
        List<Outcome> taken = new ArrayList<>();
        Outcome next = queue.poll();
        while (next != null) {
            taken.add(next);
            next = taken.size() < MAX_TAKEN ? queue.poll() : null;
        }
        if (size.addAndGet(-taken.size()) > 0) {
            firstNanos = System.nanoTime() - FLUSH_NANOS;
        }
        return taken;
    }

    void putBack(List<Outcome> taken) {
        queue.addAll(taken);
        size.addAndGet(taken.size());
    }

    /** For how long they may wait at most; nothing to report gives the limit. */
    long nanosUntilFlush(long now, long limit) {
        int ended = size.get();
        if (ended == 0) {
            return limit;
        }
        return ended >= batch ? 0 : Math.min(limit, firstNanos + FLUSH_NANOS - now);
    }

    boolean isEmpty() {
        return size.get() == 0;
    }
}
