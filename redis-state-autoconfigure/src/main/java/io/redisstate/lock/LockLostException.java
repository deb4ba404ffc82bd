package io.redisstate.lock;

import org.jspecify.annotations.Nullable;

/**
 * A lease ended before its holder released it, so another may have held the lock meanwhile: what was done under it may have
 * overlapped with the other's work.
 *
 * @since 0.1
 */
public class LockLostException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String lockName;

    public LockLostException(String lockName, long fencingToken) {
        this(lockName, fencingToken, null);
    }

    public LockLostException(String lockName, long fencingToken, @Nullable Throwable cause) {
        super(
                "The lock '" + lockName + "' (fencing token " + fencingToken
                        + ") was lost before it was released: its lease ran out or was taken away",
                cause);
        this.lockName = lockName;
    }

    /** The lock's name. */
    public String lockName() {
        return lockName;
    }
}
