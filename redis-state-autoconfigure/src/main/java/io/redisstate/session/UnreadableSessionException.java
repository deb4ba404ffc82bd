package io.redisstate.session;

/** What stands in Redis is not a session that this application can read. */
final class UnreadableSessionException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    UnreadableSessionException(String message, Throwable cause) {
        super(message, cause);
    }
}
