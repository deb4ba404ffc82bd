package io.redisstate.lock;

import java.util.concurrent.Executor;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** A thread that blocks until it has the lock. */
final class ThreadWaiter extends Waiter {

    private final Thread thread = Thread.currentThread();
    private final boolean bound;

    /**
     * A wait by the current thread.
     *
     * @param bound whether the lease is the thread's and is not to be renewed once that is dead
     */
    ThreadWaiter(String name, LockOptions options, Executor callbackThreads, boolean bound) {
        super(name, options, callbackThreads);
        this.bound = bound;
    }

    @Override
    void signal() {
        LockSupport.unpark(thread);
    }

    @Override
    @Nullable
    Thread threadToInterrupt() {
        return options().interruptOnLoss() ? thread : null;
    }

    @Override
    boolean ownerLives() {
        return !bound || thread.isAlive();
    }

    /**
     * Waits in the line.
     *
     * @return null if the time is over
     * @throws InterruptedException if interrupted while waiting; nothing is left behind then
     */
    @Nullable
    HeldLease await(Line line, long deadline) throws InterruptedException {
        boolean left = false;
        try {
            while (true) {
                long pause = line.advance(this);
                HeldLease lease = granted();
                if (lease != null) {
                    left = true;
                    return lease;
                }
                throwIfRefused();
                long now = System.nanoTime();
                if (deadline - now <= 0) {
                    left = true;
                    return line.leave(this) ? null : granted();
                }
                if (pause > 0) {
                    LockSupport.parkNanos(this, Math.min(pause, deadline - now));
                }
                if (Thread.interrupted()) {
                    throw new InterruptedException("Interrupted while waiting for the lock '" + name() + "'");
                }
            }
        } finally {
            if (!left) {
                abandon(line);
            }
        }
    }

    private void abandon(Line line) {
        if (!line.leave(this)) {
            HeldLease lease = granted();
            if (lease != null) {
                lease.giveBackAtOnce();
            }
        }
    }
}
