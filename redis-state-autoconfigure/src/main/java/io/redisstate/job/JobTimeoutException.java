package io.redisstate.job;

import java.time.Duration;

/**
 * An attempt took longer than its timeout and was interrupted; a failure like any other.
 *
 * @since 0.1
 */
public class JobTimeoutException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    JobTimeoutException(String id, Duration timeout, Throwable cause) {
        super("Job " + id + " was interrupted after its timeout of " + timeout, cause);
    }
}
