package io.redisstate.pubsub.method;

import io.redisstate.pubsub.MessageHandler;
import io.redisstate.pubsub.ReceivedMessage;
import java.io.Serial;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.data.redis.listener.ChannelTopic;
import org.springframework.data.redis.listener.PatternTopic;
import org.springframework.data.redis.listener.support.PubSubHeaders;
import org.springframework.messaging.MessageHeaders;
import org.springframework.messaging.handler.invocation.InvocableHandlerMethod;
import org.springframework.messaging.support.GenericMessage;

/** Calls a method with a message, its parameters filled as {@code @MessageMapping} methods' are. */
final class HandlerMethod implements MessageHandler {

    private final InvocableHandlerMethod method;
    private final Map<String, String> contentTypes;

    /**
     * A handler.
     *
     * @param contentTypes what the messages of a channel or pattern contain, where that has been said
     */
    HandlerMethod(InvocableHandlerMethod method, Map<String, String> contentTypes) {
        this.method = method;
        this.contentTypes = contentTypes;
    }

    @Override
    public void handle(ReceivedMessage message) throws Exception {
        Object unused = method.invoke(new GenericMessage<>(message.body(), headersOf(message)));
    }

    private MessageHeaders headersOf(ReceivedMessage message) {
        Map<String, Object> headers = new HashMap<>();
        ChannelTopic channel = ChannelTopic.of(message.channel());
        headers.put(PubSubHeaders.CHANNEL, channel);
        String pattern = message.pattern();
        if (pattern == null) {
            headers.put(PubSubHeaders.TOPIC, channel);
        } else {
            headers.put(PubSubHeaders.TOPIC, PatternTopic.of(pattern));
            headers.put(PubSubHeaders.PATTERN, PatternTopic.of(pattern));
        }
        String contentType = contentTypes.get(pattern == null ? message.channel() : pattern);
        if (contentType != null) {
            headers.put(MessageHeaders.CONTENT_TYPE, contentType);
        }
        return new Headers(headers);
    }

    /** Headers without id and time stamp, which cost more than the rest and mean nothing here. */
    private static final class Headers extends MessageHeaders {

        @Serial
        private static final long serialVersionUID = 1L;

        Headers(@Nullable Map<String, Object> headers) {
            super(headers, ID_VALUE_NONE, -1L);
        }
    }
}
