package io.redisstate.lock;

/**
 * What a {@link DistributedLock} call does when the lock is not free in time.
 *
 * @since 0.1
 */
public enum OnLockFailure {

    /** It fails with {@link LockTimeoutException}. */
    THROW,

    /** It gives null, an empty {@code Optional}, a future of null, or an empty publisher; not for primitive results. */
    SKIP,

    /** A {@link LockFailureHandler} decides. */
    HANDLE
}
