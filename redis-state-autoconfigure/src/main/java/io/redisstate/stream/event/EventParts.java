package io.redisstate.stream.event;

import io.redisstate.core.CallExecutor;
import io.redisstate.stream.StreamCodec;
import io.redisstate.stream.StreamEntry;
import io.redisstate.stream.StreamKeys;
import io.redisstate.stream.StreamMessage;
import io.redisstate.stream.StreamPublisher;
import java.lang.reflect.Type;
import org.springframework.data.redis.connection.RedisConnectionFactory;

/** What an event stream is made of. */
record EventParts(
        String name,
        Type type,
        RedisConnectionFactory connections,
        CallExecutor calls,
        StreamCodec codec,
        StreamKeys keys,
        StreamPublisher publisher) {

    String streamKey() {
        return keys.stream(name);
    }

    @SuppressWarnings("unchecked")
    <T> StreamMessage<T> message(StreamEntry entry) {
        return new StreamMessage<>(name, entry.id(), (T) codec.payload(entry, type), codec.headers(entry), 0);
    }
}
