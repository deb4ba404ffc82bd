package io.redisstate.stream.container;

import io.redisstate.stream.Acknowledgement;
import io.redisstate.stream.StreamMessage;

/**
 * Handles messages one by one.
 *
 * @param <T> the payload
 * @since 0.1
 */
@FunctionalInterface
public interface StreamHandler<T> {

    /**
     * Handles a message; what it throws is a failed attempt.
     *
     * @param acknowledgement what to say when it is done, where messages are acknowledged by hand
     */
    void handle(StreamMessage<T> message, Acknowledgement acknowledgement) throws Exception;
}
