package io.redisstate.job;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Thrown by a handler that knows when another attempt makes sense, as after an HTTP {@code Retry-After}. It counts as a
 * failed attempt; only the wait is this one instead of the backoff's.
 *
 * @since 0.1
 */
public class RetryJobAfterException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final Duration delay;

    /**
     * A failure.
     *
     * @param delay how long to wait; not negative
     */
    public RetryJobAfterException(Duration delay, String message, @Nullable Throwable cause) {
        super(message, cause);
        if (delay.isNegative()) {
            throw new IllegalArgumentException(
                    "The wait before another attempt is " + delay + "; it must not be negative");
        }
        this.delay = delay;
    }

    public RetryJobAfterException(Duration delay, String message) {
        this(delay, message, null);
    }

    /** How long to wait. */
    public Duration delay() {
        return delay;
    }
}
