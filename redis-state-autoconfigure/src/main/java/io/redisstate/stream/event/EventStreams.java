package io.redisstate.stream.event;

import io.redisstate.core.CallExecutor;
import io.redisstate.core.ConnectionGuard;
import io.redisstate.core.JsonCodec;
import io.redisstate.stream.StreamCodec;
import io.redisstate.stream.StreamKeys;
import io.redisstate.stream.StreamPublisher;
import java.lang.reflect.Type;
import org.springframework.core.ParameterizedTypeReference;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import tools.jackson.databind.json.JsonMapper;

/**
 * Gives event streams by their names. Thread-safe.
 *
 * @since 0.1
 */
public final class EventStreams {

    private final RedisConnectionFactory connections;
    private final CallExecutor calls;
    private final StreamCodec codec;
    private final StreamKeys keys;
    private final StreamPublisher publisher;

    /**
     * Event streams.
     *
     * @param keyPrefix what all keys of the application start with
     */
    public EventStreams(RedisConnectionFactory connections, CallExecutor calls, JsonCodec json, String keyPrefix) {
        this.connections = connections;
        this.calls = calls;
        this.codec = new StreamCodec(json);
        this.keys = new StreamKeys(keyPrefix);
        this.publisher = StreamPublisher.builder(connections)
                .keyPrefix(keyPrefix)
                .calls(calls)
                .json(json)
                .build();
    }

    /** With calls guarded as {@link ConnectionGuard#of} does, and a plain JSON mapper. */
    public EventStreams(RedisConnectionFactory connections, String keyPrefix) {
        this(connections, ConnectionGuard.of(connections), new JsonCodec(new JsonMapper()), keyPrefix);
    }

    /**
     * The stream with this name.
     *
     * @param type what its events have in common; Jackson's annotations on it tell its subtypes apart
     */
    public <T> EventStream<T> stream(String name, Class<T> type) {
        return new EventStream<>(parts(name, type));
    }

    /** As {@link #stream(String, Class)}, for generic types. */
    public <T> EventStream<T> stream(String name, ParameterizedTypeReference<T> type) {
        return new EventStream<>(parts(name, type.getType()));
    }

    private EventParts parts(String name, Type type) {
        return new EventParts(name, type, connections, calls, codec, keys, publisher);
    }
}
