package io.redisstate.lock;

import java.time.Duration;
import java.util.Optional;

/**
 * A number of permits that all processes share, for what only so many may do at once.
 *
 * <p>Permits are held by leases as a lock is: renewed while they are held, back within the lease time when their process dies.
 * Waiters are served first come, first served, also those who want several permits at once. Acquiring and releasing is one
 * round trip each; a waiter polls nothing but every safety poll, and asks once more when it is told that its permits are there.
 * Uses a sorted set of the holders and a list of the waiters. Thread-safe.
 *
 * <p>How many permits there are is what each process says, until {@link #setPermits} sets it for all of them.
 *
 * @since 0.1
 */
public final class DistributedSemaphore {

    private final Permits permits;
    private final String name;
    private final int capacity;

    DistributedSemaphore(Permits permits, String name, int capacity) {
        if (capacity < 1) {
            throw new IllegalArgumentException(
                    "The permits of semaphore '" + name + "' are " + capacity + "; allowed is 1 or more");
        }
        this.permits = permits;
        this.name = name;
        this.capacity = capacity;
    }

    /** How many permits there are, as this process says; it counts as long as none have been set for all of them. No round trip. */
    public int capacity() {
        return capacity;
    }

    /** How many permits there are, held or not: as many as have been set, else {@link #capacity()}. One round trip. */
    public int permits() {
        return permits.protocol().capacity(name, capacity);
    }

    /**
     * Sets how many permits there are, for all processes and from now on: what a process says itself does not count any more,
     * until {@link #resetPermits()} or until nobody has used the semaphore for 365 days. One round trip.
     *
     * <p>If there are more, those who wait for them are served at once, in whatever process. If there are less, no holder
     * loses anything: permits that come back are not given out again until less than so many are held. Who waits for more than
     * there are then waits on, in case there will be, and keeps nobody else waiting.
     *
     * @param count 0 or more; with 0 nobody gets any
     */
    public void setPermits(int count) {
        if (count < 0) {
            throw new IllegalArgumentException(
                    "The permits to set for semaphore '" + name + "' are " + count + "; allowed is 0 or more");
        }
        permits.protocol().setCapacity(name, capacity, count);
    }

    /** Forgets what {@link #setPermits} has set: what a process says that asks counts again. One round trip. */
    public void resetPermits() {
        int unused = permits.protocol().resetCapacity(name, capacity);
    }

    /**
     * Waits for permits.
     *
     * @param count how many, all or none; 1 to {@link #capacity()}, or to {@link #permits()} if that is more
     * @throws LockTimeoutException if there are not so many within {@link LockOptions#waitTime()}
     */
    public LockLease acquire(int count, LockOptions options) throws InterruptedException {
        return tryAcquire(count, options).orElseThrow(() -> new LockTimeoutException(name, options.waitTime()));
    }

    /** As {@link #acquire}, empty if there are not so many in time; a wait time of zero tries once. */
    public Optional<LockLease> tryAcquire(int count, LockOptions options) throws InterruptedException {
        if (count < 1) {
            throw new IllegalArgumentException("The permits wanted of semaphore '" + name + "' are " + count
                    + "; allowed is 1 to " + capacity + ", or to what was set for all processes");
        }
        Duration wait = options.waitTime();
        return Optional.ofNullable(permits.acquire(name, count, capacity, options, wait));
    }

    @Override
    public String toString() {
        return "semaphore '" + name + "' of " + capacity;
    }
}
