package io.redisstate.session;

/**
 * A login was refused because the user has as many sessions as allowed.
 *
 * @since 0.1
 */
public class TooManySessionsException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public TooManySessionsException(String message) {
        super(message);
    }
}
