package io.redisstate.stream.container;

/** A message can't be converted to what the handler takes; it never will be. */
final class UnreadableMessageException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    UnreadableMessageException(String message, Throwable cause) {
        super(message, cause);
    }
}
