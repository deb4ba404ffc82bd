package io.redisstate.pubsub;

/**
 * What is done with each message of a listener. It is called by one thread at a time, in the order in which the messages
 * came.
 *
 * @since 0.1
 */
@FunctionalInterface
public interface MessageHandler {

    /** Handles a message; what it throws goes to the listener's {@link ListenerErrorHandler}, and the next one follows. */
    void handle(ReceivedMessage message) throws Exception;
}
