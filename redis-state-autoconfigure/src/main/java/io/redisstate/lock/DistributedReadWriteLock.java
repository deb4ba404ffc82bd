package io.redisstate.lock;

import java.util.Optional;

/**
 * A lock that many readers or one writer hold, over all processes. Whoever comes first is served first, so a writer that waits
 * is not overtaken by readers that come later.
 *
 * <p>Leases, renewal, costs and keys are those of a {@link DistributedSemaphore}: a reader holds one permit, a writer all of
 * them. Not reentrant: the owner is the lease, so a reader that wants to write releases first. Thread-safe.
 *
 * @since 0.1
 */
public final class DistributedReadWriteLock {

    private static final int ALL = 1_000_000;

    private final DistributedSemaphore semaphore;

    DistributedReadWriteLock(Permits permits, String name) {
        this.semaphore = new DistributedSemaphore(permits, name, ALL);
    }

    /** Waits until it may read; as {@link DistributedSemaphore#acquire}. */
    public LockLease read(LockOptions options) throws InterruptedException {
        return semaphore.acquire(1, options);
    }

    /** Waits until it may write; as {@link DistributedSemaphore#acquire}. Its fencing token is greater than all earlier ones. */
    public LockLease write(LockOptions options) throws InterruptedException {
        return semaphore.acquire(ALL, options);
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
