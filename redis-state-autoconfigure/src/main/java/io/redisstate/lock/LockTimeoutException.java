package io.redisstate.lock;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A lock could not be had within the wait time: others held it, or Redis was away while waiting (then that is the cause).
 *
 * @since 0.1
 */
public class LockTimeoutException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String lockName;

    public LockTimeoutException(String lockName, Duration waitTime) {
        this(lockName, waitTime, null);
    }

    public LockTimeoutException(String lockName, Duration waitTime, @Nullable Throwable cause) {
        super(
                "The lock '" + lockName + "' was not free within " + waitTime + " (option waitTime)"
                        + (cause == null ? "" : ", and Redis could not be asked: " + cause.getMessage()),
                cause);
        this.lockName = lockName;
    }

    /** The lock's name. */
    public String lockName() {
        return lockName;
    }
}
