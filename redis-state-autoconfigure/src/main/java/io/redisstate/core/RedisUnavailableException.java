package io.redisstate.core;

import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataAccessResourceFailureException;

/**
 * Redis was not asked because it is known to be away: the circuit breaker is open.
 *
 * @since 0.1
 */
public class RedisUnavailableException extends DataAccessResourceFailureException {

    private static final long serialVersionUID = 1L;

    public RedisUnavailableException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
