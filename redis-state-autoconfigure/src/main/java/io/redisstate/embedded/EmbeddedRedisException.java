package io.redisstate.embedded;

import org.jspecify.annotations.Nullable;

/**
 * The embedded Redis could not be started; the message says why and what to do.
 *
 * @since 0.1
 */
public class EmbeddedRedisException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public EmbeddedRedisException(String message) {
        super(message);
    }

    public EmbeddedRedisException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
