package io.redisstate.lock;

import java.util.Optional;
import java.util.concurrent.locks.ReadWriteLock;

/**
 * A lock that many readers or one writer hold, over all processes. Whoever comes first is served first, so a writer that waits
 * is not overtaken by readers that come later.
 *
 * <p>Leases, renewal, costs and keys are those of a {@link DistributedSemaphore}: a reader holds one permit, a writer all of
 * them. Leases are not reentrant: a reader that wants to write releases first; {@link #asReadWriteLock} is, for each thread.
 * Thread-safe.
 *
 * @since 0.1
 */
public final class DistributedReadWriteLock {

    private static final int ALL = 1_000_000;

    private final DistributedSemaphore semaphore;

    private final Permits permits;
    private final ThreadHolds holds;
    private final String name;

    DistributedReadWriteLock(Permits permits, ThreadHolds holds, String name) {
        this.semaphore = new DistributedSemaphore(permits, name, ALL);
        this.permits = permits;
        this.holds = holds;
        this.name = name;
    }

    /** Waits until it may read; as {@link DistributedSemaphore#acquire}. */
    public LockLease read(LockOptions options) throws InterruptedException {
        return semaphore.acquire(1, options);
    }

    /** Waits until it may write; as {@link DistributedSemaphore#acquire}. Its fencing token is greater than all earlier ones, by the server's clock. */
    public LockLease write(LockOptions options) throws InterruptedException {
        return semaphore.acquire(ALL, options);
    }

    /**
     * The lock as {@link ReadWriteLock}, each side as {@link LockService#lock(String, LockOptions)}: reentrant for each thread,
     * to be unlocked by the thread that locked it. A thread that reads and asks to write, or writes and asks to read, gets an
     * {@link IllegalMonitorStateException}, where waiting for itself would never end.
     */
    public ReadWriteLock asReadWriteLock(LockOptions options) {
        return new ReadWriteLockView(
                name,
                holds,
                wait -> permits.acquire(name, 1, ALL, options, wait),
                wait -> permits.acquire(name, ALL, ALL, options, wait));
    }

    /** As {@link #read}, empty if it may not in time. */
    public Optional<LockLease> tryRead(LockOptions options) throws InterruptedException {
        return semaphore.tryAcquire(1, options);
    }

    /** As {@link #write}, empty if it may not in time. */
    public Optional<LockLease> tryWrite(LockOptions options) throws InterruptedException {
        return semaphore.tryAcquire(ALL, options);
    }
}
