package io.redisstate.cache;

import org.jspecify.annotations.Nullable;

/**
 * A value could not be had because its load, begun by another caller, failed in another process or takes too long.
 *
 * @since 0.1
 */
public class CacheLoadException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    CacheLoadException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
