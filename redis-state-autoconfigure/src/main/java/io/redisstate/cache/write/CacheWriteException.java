package io.redisstate.cache.write;

import org.jspecify.annotations.Nullable;

/**
 * A value was not written: the {@link CacheWriter} threw a checked exception, or the queue of writes to be made could not be
 * reached or is full. When Redis could not be reached the write may be in the queue all the same.
 *
 * @since 0.1
 */
public class CacheWriteException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** A write that failed, and why. */
    public CacheWriteException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
