package io.redisstate.lock;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import org.jspecify.annotations.Nullable;

/** A lock as {@link Lock}: reentrant for each thread, across all views of the same name and service. */
final class LockView implements Lock {

    /** Acquires the lease for the current thread. */
    interface Acquisition {

        /** Null if the lock is not free in time; a zero wait only tries. */
        @Nullable
        AbstractLease acquire(Duration wait) throws InterruptedException;
    }

    private static final Duration WITHOUT_LIMIT = Duration.ofDays(365);

    private final String name;
    private final String mode;
    private final ThreadHolds holds;
    private final Acquisition acquisition;

    /**
     * A view of a lock.
     *
     * @param mode tells the views apart that one name has
     */
    LockView(String name, String mode, ThreadHolds holds, Acquisition acquisition) {
        this.name = name;
        this.mode = mode;
        this.holds = holds;
        this.acquisition = acquisition;
    }

    @Override
    public void lock() {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    lockInterruptibly();
                    return;
                } catch (InterruptedException ex) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public void lockInterruptibly() throws InterruptedException {
        while (!acquired(WITHOUT_LIMIT)) {
            if (Thread.interrupted()) {
                throw new InterruptedException("Interrupted while waiting for the lock '" + name + "'");
            }
        }
    }

    @Override
    public boolean tryLock() {
        try {
            return acquired(Duration.ZERO);
        } catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    @Override
    public boolean tryLock(long time, TimeUnit unit) throws InterruptedException {
        Duration wait = Duration.of(Math.max(0, time), unit.toChronoUnit());
        return acquired(wait.compareTo(WITHOUT_LIMIT) > 0 ? WITHOUT_LIMIT : wait);
    }

    /**
     * Releases one hold.
     *
     * @throws LockLostException if it was the last one and the lease had been lost
     */
    @Override
    public void unlock() {
        holds.exit(name, mode);
    }

    @Override
    public Condition newCondition() {
        throw new UnsupportedOperationException("The lock '" + name
                + "' is held across processes, and a Condition can't be; use a wait time, or messages");
    }

    @Override
    public String toString() {
        return "lock '" + name + "'";
    }

    private boolean acquired(Duration wait) throws InterruptedException {
        if (holds.reenter(name, mode)) {
            return true;
        }
        AbstractLease lease = acquisition.acquire(wait);
        if (lease == null) {
            return false;
        }
        holds.entered(lease, mode);
        return true;
    }
}
