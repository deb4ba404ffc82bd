package io.redisstate.session;

import org.springframework.dao.DataAccessResourceFailureException;

/**
 * The session can't be read or written, because Redis can't be reached or refuses.
 *
 * @since 0.1
 */
public class SessionUnavailableException extends DataAccessResourceFailureException {

    private static final long serialVersionUID = 1L;

    public SessionUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }
}
