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

    /** How many permits there are, as this process has it; each call tells Redis, so a process that knows more gives more. */
    public int capacity() {
        return capacity;
    }

    /**
     * Waits for permits.
     *
     * @param count how many, all or none; 1 to {@link #capacity()}
     * @throws LockTimeoutException if there are not so many within {@link LockOptions#waitTime()}
     */
    public LockLease acquire(int count, LockOptions options) throws InterruptedException {
        return tryAcquire(count, options).orElseThrow(() -> new LockTimeoutException(name, options.waitTime()));
    }

    /** As {@link #acquire}, empty if there are not so many in time; a wait time of zero tries once. */
    public Optional<LockLease> tryAcquire(int count, LockOptions options) throws InterruptedException {
        if (count < 1 || count > capacity) {
            throw new IllegalArgumentException(
                    "The permits wanted of semaphore '" + name + "' are " + count + "; allowed is 1 to " + capacity);
        }
        Duration wait = options.waitTime();
        return Optional.ofNullable(permits.acquire(name, count, capacity, options, wait));
    }

    @Override
    public String toString() {
        return "semaphore '" + name + "' of " + capacity;
    }
}
