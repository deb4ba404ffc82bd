package io.redisstate.stream;

/**
 * Is told of each failed message, and decides about it. What it throws is logged, and the policy decides.
 *
 * @since 0.1
 */
@FunctionalInterface
public interface StreamErrorHandler {

    /**
     * What to do.
     *
     * @param entry the message as it is in the stream
     * @param deliveryCount how often it has been delivered
     * @param failure what the handler threw, or why the message could not be read
     */
    FailureAction handle(String stream, StreamEntry entry, long deliveryCount, Throwable failure);
}
