package io.redisstate.stream.container;

import io.redisstate.core.CallExecutor;
import io.redisstate.core.JsonCodec;
import java.lang.reflect.Type;
import org.springframework.data.redis.connection.RedisConnectionFactory;

/**
 * Makes containers that share the application's way to Redis, its key prefix and its JSON.
 *
 * @param connections where readers get their connections' settings
 * @param calls the way to Redis for all but reading
 * @param json how payloads are read
 * @param keyPrefix what all keys start with
 * @param virtualThreads whether containers work on virtual threads
 * @since 0.1
 */
public record StreamContainerFactory(
        RedisConnectionFactory connections,
        CallExecutor calls,
        JsonCodec json,
        String keyPrefix,
        boolean virtualThreads) {

    /** A builder of a container whose handler takes messages one by one. */
    public <T> StreamContainer.Builder builder(ContainerOptions options, Type payloadType, StreamHandler<T> handler) {
        return shared(StreamContainer.builder(connections, options, payloadType, handler));
    }

    /** A builder of a container whose handler takes batches. */
    public <T> StreamContainer.Builder batchBuilder(
            ContainerOptions options, Type payloadType, BatchStreamHandler<T> handler) {
        return shared(StreamContainer.batchBuilder(connections, options, payloadType, handler));
    }

    private StreamContainer.Builder shared(StreamContainer.Builder builder) {
        return builder.keyPrefix(keyPrefix).calls(calls).json(json).virtualThreads(virtualThreads);
    }
}
