package io.redisstate.stream.container;

/** A message has been delivered too often without an end: its consumers died. */
final class AttemptsExhaustedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    AttemptsExhaustedException(long deliveries) {
        super("Delivered " + deliveries + " times, and each time its consumer ended before the handler did");
    }
}
