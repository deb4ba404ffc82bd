package io.redisstate.lock;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Several locks as one: all or none. They are acquired in the order of their names, whoever asks, so multi-locks never wait
 * for one another in a circle.
 *
 * <p>Costs what its locks cost, one after the other; their names may belong to different nodes of a cluster. Thread-safe.
 *
 * @since 0.1
 */
public final class MultiLock {

    private final LockService locks;
    private final List<String> names;

    private MultiLock(LockService locks, List<String> names) {
        this.locks = locks;
        this.names = names;
    }

    /**
     * A multi-lock of a service's locks.
     *
     * @param names at least one; a name given twice counts once
     */
    public static MultiLock of(LockService locks, Collection<String> names) {
        if (names.isEmpty()) {
            throw new IllegalArgumentException("A multi-lock needs at least one name, none was given");
        }
        return new MultiLock(locks, List.copyOf(new TreeSet<>(names)));
    }

    /**
     * Waits for all locks.
     *
     * @param options of each of them; the wait time is for all together, and what was acquired in vain is released at
     *     once, whatever {@link LockOptions#lockAtLeastFor()} says
     * @throws LockTimeoutException if one is not free in time; none is held then
     * @throws InterruptedException if the thread is interrupted while it waits; none is held then
     */
    public MultiLockLease acquire(LockOptions options) throws InterruptedException {
        return tryAcquire(options).orElseThrow(() -> new LockTimeoutException(names.toString(), options.waitTime()));
    }

    /** As {@link #acquire}, empty if one is not free in time. */
    public Optional<MultiLockLease> tryAcquire(LockOptions options) throws InterruptedException {
        long deadline = System.nanoTime() + options.waitTime().toNanos();
        List<HeldLease> leases = new ArrayList<>(names.size());
        boolean complete = false;
        try {
            for (String name : names) {
                Duration left = Duration.ofNanos(Math.max(0, deadline - System.nanoTime()));
                HeldLease lease = locks.acquired(name, options.withWaitTime(left));
                if (lease == null) {
                    return Optional.empty();
                }
                leases.add(lease);
            }
            complete = leases.stream().allMatch(LockLease::isHeld);
            return complete ? Optional.of(new MultiLockLease(leases)) : Optional.empty();
        } finally {
            if (!complete) {
                leases.forEach(HeldLease::giveBackAtOnce);
            }
        }
    }

    @Override
    public String toString() {
        return "multi-lock " + names;
    }
}
