package io.redisstate.lock;

/**
 * Where waiters of one lock stand in this process, and what stands for them in Redis.
 *
 * <p>Nothing here is called while a lock of its own is held, except {@link Waiter#signal()}.
 */
interface Line {

    /** {@link #advance} need not be called again before the waiter is signalled. */
    long UNTIL_SIGNALLED = Long.MAX_VALUE;

    /**
     * Does what is the waiter's to do now, asking Redis if that is due.
     *
     * @return the {@link System#nanoTime()} span after which it wants to be called again
     * @throws RuntimeException if Redis can't be asked for the first time
     */
    long advance(Waiter waiter);

    /** Takes the waiter out; false if it was granted the lock meanwhile. */
    boolean leave(Waiter waiter);

    /** A message said that the request owns the lock; false if nobody waits for that any more. Must not block. */
    boolean handedOver(RemoteRequest request, Grant grant);

    /** Has the request looked after soon, since its time to look has changed. Must not block. */
    void lookAgain(RemoteRequest request);

    /** Gives up the lease; false if it had been lost. */
    boolean release(HeldLease lease);

    /** The ownership ended without a release; what may be left of it in Redis is given up. Must not block. */
    void lost(Tenure tenure);
}
