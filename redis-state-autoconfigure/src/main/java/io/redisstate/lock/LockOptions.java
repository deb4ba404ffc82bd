package io.redisstate.lock;

import java.time.Duration;

/**
 * How to wait for a lock and how to hold it. Immutable; start from {@link #defaults()}.
 *
 * @param waitTime how long to wait for the lock at most; 0 to 365 days, default 30 s
 * @param leaseTime how long the lock stays taken if the holder's process dies, and without {@code renew} in any case;
 *     50 ms to 365 days, default 30 s
 * @param renew whether the lease is renewed while it is held; default true
 * @param fair whether waiters of all processes get the lock in the order in which they came; else a process may pass it on
 *     between its own threads for a short while, which is faster; default false
 * @param lockAtLeastFor how long the lock stays taken at least, even if released earlier; 0 to {@code leaseTime}, default 0
 * @param replicas how many replicas must confirm the acquired lock; 0 to 100, default 0; costs one more round trip
 * @param replicaTimeout how long to wait for them; 1 ms to 1 minute, default 1 s; keep it below the client's read timeout
 * @param interruptOnLoss whether the thread that acquired the lock is interrupted when the lease is lost; default false
 * @since 0.1
 */
public record LockOptions(
        Duration waitTime,
        Duration leaseTime,
        boolean renew,
        boolean fair,
        Duration lockAtLeastFor,
        int replicas,
        Duration replicaTimeout,
        boolean interruptOnLoss) {

    private static final Duration LONGEST = Duration.ofDays(365);
    private static final LockOptions DEFAULTS = new LockOptions(
            Duration.ofSeconds(30),
            Duration.ofSeconds(30),
            true,
            false,
            Duration.ZERO,
            0,
            Duration.ofSeconds(1),
            false);

    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException naming the option, the value given and what is allowed
     */
    public LockOptions {
        require("waitTime", waitTime, Duration.ZERO, LONGEST);
        require("leaseTime", leaseTime, Duration.ofMillis(50), LONGEST);
        require("lockAtLeastFor", lockAtLeastFor, Duration.ZERO, leaseTime);
        require("replicaTimeout", replicaTimeout, Duration.ofMillis(1), Duration.ofMinutes(1));
        if (replicas < 0 || replicas > 100) {
            throw new IllegalArgumentException("The lock option replicas is " + replicas + "; allowed are 0 to 100");
        }
    }

    /** The defaults named above. */
    public static LockOptions defaults() {
        return DEFAULTS;
    }

    public LockOptions withWaitTime(Duration value) {
        return new LockOptions(
                value, leaseTime, renew, fair, lockAtLeastFor, replicas, replicaTimeout, interruptOnLoss);
    }

    public LockOptions withLeaseTime(Duration value) {
        return new LockOptions(waitTime, value, renew, fair, lockAtLeastFor, replicas, replicaTimeout, interruptOnLoss);
    }

    public LockOptions withRenew(boolean value) {
        return new LockOptions(
                waitTime, leaseTime, value, fair, lockAtLeastFor, replicas, replicaTimeout, interruptOnLoss);
    }

    public LockOptions withFair(boolean value) {
        return new LockOptions(
                waitTime, leaseTime, renew, value, lockAtLeastFor, replicas, replicaTimeout, interruptOnLoss);
    }

    public LockOptions withLockAtLeastFor(Duration value) {
        return new LockOptions(waitTime, leaseTime, renew, fair, value, replicas, replicaTimeout, interruptOnLoss);
    }

    public LockOptions withReplicas(int value) {
        return new LockOptions(
                waitTime, leaseTime, renew, fair, lockAtLeastFor, value, replicaTimeout, interruptOnLoss);
    }

    public LockOptions withReplicaTimeout(Duration value) {
        return new LockOptions(waitTime, leaseTime, renew, fair, lockAtLeastFor, replicas, value, interruptOnLoss);
    }

    public LockOptions withInterruptOnLoss(boolean value) {
        return new LockOptions(waitTime, leaseTime, renew, fair, lockAtLeastFor, replicas, replicaTimeout, value);
    }

    private static void require(String option, Duration given, Duration min, Duration max) {
        if (given.compareTo(min) < 0 || given.compareTo(max) > 0) {
            throw new IllegalArgumentException(
                    "The lock option " + option + " is " + given + "; allowed are " + min + " to " + max);
        }
    }
}
