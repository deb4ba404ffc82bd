package io.redisstate.lock;

import io.redisstate.core.ScriptCall;

/**
 * Something with a lease in Redis that {@link LeaseRenewal} keeps alive and watches. All times are {@link System#nanoTime()}.
 */
abstract class Renewable {

    private volatile long deadline;
    private volatile long dueAt;

    Renewable(long deadline) {
        renewed(System.nanoTime(), deadline);
    }

    /** Extends the lease by {@link #leaseNanos()} from now if it still stands: replies 1, else 0. */
    abstract ScriptCall<Long> renewal();

    /** Whether it is to be renewed at present. */
    abstract boolean renewing();

    /** What a renewal gives. */
    abstract long leaseNanos();

    /** It ended in Redis, or its deadline passed. Called once, on the renewal's thread, which it must not block. */
    abstract void lost();

    /** When it is over; never later than in Redis. */
    final long deadline() {
        return deadline;
    }

    final boolean isOver(long now) {
        return now - deadline >= 0;
    }

    final long dueAt() {
        return dueAt;
    }

    /** Notes a renewal that was sent at {@code since}; the next is due after a third of the time given. */
    final void renewed(long since, long until) {
        deadline = until;
        dueAt = since + (until - since) / 3;
    }

    /** Notes a failed renewal: once more after a quarter of what is left. */
    final void postpone(long now) {
        dueAt = now + Math.max(10_000_000L, (deadline - now) / 4);
    }
}
