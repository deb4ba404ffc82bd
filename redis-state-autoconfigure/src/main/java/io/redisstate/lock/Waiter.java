package io.redisstate.lock;

import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * One caller that wants a lock: how, until when, and what it has got.
 *
 * <p>Granted by the line it stands in, driven by its own thread or task.
 */
abstract class Waiter {

    private final String name;
    private final LockOptions options;
    private final Executor callbackThreads;
    private volatile @Nullable HeldLease granted;
    private volatile @Nullable RuntimeException refused;
    private volatile @Nullable RuntimeException trouble;

    Waiter(String name, LockOptions options, Executor callbackThreads) {
        if (name.isEmpty()) {
            throw new IllegalArgumentException("The lock's name must not be empty");
        }
        this.name = name;
        this.options = options;
        this.callbackThreads = callbackThreads;
    }

    /** Has it look at once at what has changed. Never blocks. */
    abstract void signal();

    /** The thread to interrupt when the lease is lost. */
    @Nullable
    Thread threadToInterrupt() {
        return null;
    }

    /** False once the thread that the lease is bound to is dead. */
    boolean ownerLives() {
        return true;
    }

    final String name() {
        return name;
    }

    final LockOptions options() {
        return options;
    }

    final Executor callbackThreads() {
        return callbackThreads;
    }

    final @Nullable HeldLease granted() {
        return granted;
    }

    /** Called once, by the line. */
    final void grant(HeldLease lease) {
        granted = lease;
    }

    /** Redis could not be asked; the wait goes on. */
    final void troubled(RuntimeException reason) {
        trouble = reason;
    }

    final LockTimeoutException timeout() {
        return new LockTimeoutException(name, options.waitTime(), trouble);
    }

    /** The lock can't be waited for. */
    final void refuse(RuntimeException reason) {
        refused = reason;
        signal();
    }

    final void throwIfRefused() {
        RuntimeException reason = refused;
        if (reason != null) {
            throw reason;
        }
    }
}
