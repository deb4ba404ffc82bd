package io.redisstate.stream.container;

import io.redisstate.stream.Acknowledgement;
import io.redisstate.stream.StreamMessage;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** A handler that notes what it is given, and fails where it is told to. */
final class Recorder implements StreamHandler<String> {

    private final ConcurrentLinkedQueue<StreamMessage<String>> messages = new ConcurrentLinkedQueue<>();
    private final Map<String, AtomicInteger> failuresLeft = new ConcurrentHashMap<>();

    /** The payload fails so many times. */
    Recorder failing(String payload, int times) {
        failuresLeft.put(payload, new AtomicInteger(times));
        return this;
    }

    @Override
    public void handle(StreamMessage<String> message, Acknowledgement acknowledgement) {
        messages.add(message);
        AtomicInteger left = failuresLeft.get(message.payload());
        if (left != null && left.getAndDecrement() > 0) {
            throw new IllegalStateException("can't do " + message.payload());
        }
    }

    Collection<StreamMessage<String>> messages() {
        return messages;
    }

    List<String> payloads() {
        return messages.stream().map(StreamMessage::payload).toList();
    }

    long count(String payload) {
        return messages.stream()
                .filter(message -> message.payload().equals(payload))
                .count();
    }
}
