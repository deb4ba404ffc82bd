package io.redisstate.pubsub;

/**
 * What is done when a listener failed with a message, also when the message could not be converted. The message is not
 * handled again, and the next one follows.
 *
 * @since 0.1
 */
@FunctionalInterface
public interface ListenerErrorHandler {

    /** Called by the listener's thread, so the next message waits; what it throws is logged. */
    void handleError(PubSubListener listener, ReceivedMessage message, Throwable failure);
}
