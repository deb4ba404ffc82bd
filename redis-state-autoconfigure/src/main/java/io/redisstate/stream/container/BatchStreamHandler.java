package io.redisstate.stream.container;

import io.redisstate.stream.Acknowledgement;
import io.redisstate.stream.StreamMessage;
import java.util.List;

/**
 * Handles messages that were read together.
 *
 * @param <T> the payload
 * @since 0.1
 */
@FunctionalInterface
public interface BatchStreamHandler<T> {

    /**
     * Handles messages. What it throws is a failed attempt of all of them, a
     * {@link io.redisstate.stream.BatchItemFailedException} of one.
     *
     * @param acknowledgement what to say when all are done, where messages are acknowledged by hand
     */
    void handle(List<StreamMessage<T>> messages, Acknowledgement acknowledgement) throws Exception;
}
