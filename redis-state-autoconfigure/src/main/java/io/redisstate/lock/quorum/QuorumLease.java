package io.redisstate.lock.quorum;

import io.redisstate.lock.LockLease;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * A lock held at most of several servers. Thread-safe.
 *
 * @since 0.1
 */
public final class QuorumLease implements AutoCloseable {

    private final String name;
    private final List<LockLease> leases;
    private final int quorum;
    private final Duration drift;
    private final Consumer<List<LockLease>> releasing;

    /**
     * A lease of these servers' leases.
     *
     * @param releasing gives all of them back, none waiting for another
     */
    QuorumLease(String name, List<LockLease> leases, int quorum, Duration drift, Consumer<List<LockLease>> releasing) {
        this.name = name;
        this.leases = List.copyOf(leases);
        this.quorum = quorum;
        this.drift = drift;
        this.releasing = releasing;
    }

    /** The name that is locked. */
    public String name() {
        return name;
    }

    /** Whether most servers hold it for this process now. No round trip. */
    public boolean isHeld() {
        return !remaining().isZero();
    }

    /** For how long most servers hold it, at least, if it is not renewed; less the allowance for clock drift. */
    public Duration remaining() {
        if (leases.size() < quorum) {
            return Duration.ZERO;
        }
        Duration atMost = leases.stream()
                .map(LockLease::remaining)
                .sorted(Comparator.reverseOrder())
                .toList()
                .get(quorum - 1);
        return atMost.compareTo(drift) > 0 ? atMost.minus(drift) : Duration.ZERO;
    }

    /** Calls back once when it is no longer held at most servers; on a thread of one of their services. */
    public void onLost(Runnable callback) {
        AtomicBoolean told = new AtomicBoolean();
        leases.forEach(lease -> lease.onLost(() -> {
            if (!isHeld() && told.compareAndSet(false, true)) {
                callback.run();
            }
        }));
    }

    /**
     * Releases it at all servers at the same time, and returns when they have answered or their time is over; one that is away
     * lets its lease run out.
     */
    public void release() {
        releasing.accept(leases);
    }

    /** As {@link #release()}. */
    @Override
    public void close() {
        release();
    }
}
