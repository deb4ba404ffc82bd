package io.redisstate.lock;

import org.jspecify.annotations.Nullable;

/**
 * A lock was acquired and given back, because fewer replicas than asked for confirmed in time that they know of it.
 *
 * @since 0.1
 */
public class LockReplicationException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public LockReplicationException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
