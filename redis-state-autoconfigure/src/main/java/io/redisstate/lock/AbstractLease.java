package io.redisstate.lock;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * What is common to leases of every kind: they end once, by release or by loss, and whoever wants to know of a loss is told.
 */
abstract class AbstractLease implements LockLease {

    private static final Log LOG = LogFactory.getLog(AbstractLease.class);

    private enum State {
        HELD,
        RELEASED,
        LOST
    }

    private final String name;
    private final long token;
    private final Executor callbackThreads;
    private final @Nullable Thread toInterrupt;
    private final Object monitor = new Object();
    private State state = State.HELD;
    private boolean interrupted;
    private @Nullable List<Runnable> callbacks;

    /**
     * A lease that is held.
     *
     * @param toInterrupt the thread to interrupt if the lease is lost
     */
    AbstractLease(String name, long token, Executor callbackThreads, @Nullable Thread toInterrupt) {
        this.name = name;
        this.token = token;
        this.callbackThreads = callbackThreads;
        this.toInterrupt = toInterrupt;
    }

    /** The {@link System#nanoTime()} at which it is over, as far as known; never later than in Redis. */
    abstract long deadline();

    /** Gives it back in Redis; false if it was not ours any more. Called at most once, and not after a loss. */
    abstract boolean giveBack();

    @Override
    public final String name() {
        return name;
    }

    @Override
    public final long fencingToken() {
        return token;
    }

    @Override
    public final boolean isHeld() {
        return state() == State.HELD && deadline() - System.nanoTime() > 0;
    }

    @Override
    public final Duration remaining() {
        return state() == State.HELD ? Duration.ofNanos(Math.max(0, deadline() - System.nanoTime())) : Duration.ZERO;
    }

    @Override
    public final void onLost(Runnable callback) {
        synchronized (monitor) {
            if (state == State.HELD) {
                callbacks = callbacks == null ? new ArrayList<>(1) : callbacks;
                callbacks.add(callback);
                return;
            }
            if (state == State.RELEASED) {
                return;
            }
        }
        callback.run();
    }

    @Override
    public final boolean release() {
        boolean over = deadline() - System.nanoTime() <= 0;
        synchronized (monitor) {
            if (state != State.HELD) {
                return state == State.RELEASED;
            }
            if (!over) {
                state = State.RELEASED;
            }
        }
        if (over) {
            lose();
            boolean unused = giveBack();
            return false;
        }
        if (giveBack()) {
            return true;
        }
        List<Runnable> told;
        synchronized (monitor) {
            state = State.LOST;
            told = callbacks;
        }
        call(told);
        return false;
    }

    final boolean isReleased() {
        return state() == State.RELEASED;
    }

    /** It ended without a release: notes it, interrupts who asked for that, and has the callbacks called. Never blocks. */
    final void lose() {
        List<Runnable> told;
        synchronized (monitor) {
            if (state != State.HELD) {
                return;
            }
            state = State.LOST;
            told = callbacks;
            if (toInterrupt != null) {
                // Inside, so that no thread is interrupted that has already released the lease and gone on.
                interrupted = true;
                toInterrupt.interrupt();
            }
        }
        LOG.warn("The lock '" + name + "' (fencing token " + token + ") was lost before it was released");
        call(told);
    }

    /** Takes back the interrupt that {@link #lose()} sent to the current thread, if it did. */
    final void clearInterrupt() {
        synchronized (monitor) {
            if (interrupted && Thread.currentThread() == toInterrupt) {
                boolean unused = Thread.interrupted();
            }
        }
    }

    private State state() {
        synchronized (monitor) {
            return state;
        }
    }

    private void call(@Nullable List<Runnable> told) {
        if (told == null) {
            return;
        }
        try {
            callbackThreads.execute(() -> told.forEach(this::callSafely));
        } catch (RuntimeException ex) {
            LOG.warn("The loss of the lock '" + name + "' could not be told: the service is closed", ex);
        }
    }

    private void callSafely(Runnable callback) {
        try {
            callback.run();
        } catch (Throwable ex) {
            // Whatever it is, the other callbacks are called too.
            LOG.error("A callback for the loss of the lock '" + name + "' failed", ex);
        }
    }

    @Override
    public String toString() {
        return "lock '" + name + "', fencing token " + token + ", " + state();
    }
}
