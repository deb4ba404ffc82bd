package io.redisstate.structure;

import io.redisstate.test.RedisCluster;
import io.redisstate.test.RedisServer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.springframework.data.redis.connection.RedisConnectionFactory;

/** What every structure is tested on. */
public final class Deployments {

    private Deployments() {}

    public static Stream<Named<Supplier<RedisConnectionFactory>>> all() {
        return Stream.of(
                Named.of("Jedis", () -> RedisServer.shared().jedis()),
                Named.of("Lettuce", () -> RedisServer.shared().lettuce()),
                Named.of("Cluster", () -> RedisCluster.shared().jedis()),
                Named.of("Cluster, Lettuce", () -> RedisCluster.shared().lettuce()));
    }

    public static Stream<Named<Supplier<RedisConnectionFactory>>> servers() {
        return Stream.of(
                Named.of("Jedis", () -> RedisServer.shared().jedis()),
                Named.of("Cluster", () -> RedisCluster.shared().jedis()));
    }

    public static RedisStructures structures(Supplier<RedisConnectionFactory> factory) {
        return RedisStructures.builder(factory.get())
                .keyPrefix(RedisServer.shared().uniquePrefix())
                .build();
    }
}
