package io.redisstate.lock;

import java.time.Duration;

/**
 * A lock that is held, until it is released or its lease ends. It belongs to whoever has this object, not to a thread: any
 * thread may release it. Thread-safe.
 *
 * <p>Meant for try-with-resources. Whatever must never be written by two holders at once, even if one of them was paused for
 * longer than its lease, has to check the {@link #fencingToken()}.
 *
 * @since 0.1
 */
public interface LockLease extends AutoCloseable {

    /** The lock's name. */
    String name();

    /**
     * A number larger than that of every earlier holder of the same lock. A store that refuses a smaller number than the
     * largest it has seen is safe from holders that lost their lease without noticing yet.
     */
    long fencingToken();

    /**
     * Whether the lease certainly still stands; asks the local clock only. The local end of a lease is never later than the
     * one in Redis.
     */
    boolean isHeld();

    /** How long the lease stands if it is not renewed again; zero if it is over. */
    Duration remaining();

    /**
     * Calls {@code callback} once if the lease is lost: found to be another's, or over without having been released. Called
     * on a thread of the service, which it may block; at once, on this thread, if the lease is lost already.
     */
    void onLost(Runnable callback);

    /**
     * Gives the lock back, or passes it on to who waits. Does nothing on a lease that is released or lost. Never throws: if
     * Redis can't be reached, the lock ends with its lease.
     *
     * @return false if the lease was lost before, or turns out to have been; work done under it may not have been alone
     */
    boolean release();

    /** The same as {@link #release()}. */
    @Override
    default void close() {
        boolean unused = release();
    }
}
