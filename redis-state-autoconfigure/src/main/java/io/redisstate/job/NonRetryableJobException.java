package io.redisstate.job;

import org.jspecify.annotations.Nullable;

/**
 * Thrown by a handler whose job can't succeed at another attempt either: it is dead at once.
 *
 * @since 0.1
 */
public class NonRetryableJobException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public NonRetryableJobException(String message) {
        super(message);
    }

    public NonRetryableJobException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
