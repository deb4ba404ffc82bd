package io.redisstate.stream;

/**
 * Thrown by the handler of a batch to say which message failed: those before it are acknowledged, it is retried or given
 * up, and those after it are delivered again at once.
 *
 * @since 0.1
 */
public class BatchItemFailedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final int index;

    /**
     * A failure.
     *
     * @param index the failed message's place in the list, from 0
     */
    public BatchItemFailedException(int index, Throwable cause) {
        super("Message " + index + " of the batch failed", cause);
        this.index = index;
    }

    /** The failed message's place in the list, from 0. */
    public int index() {
        return index;
    }
}
