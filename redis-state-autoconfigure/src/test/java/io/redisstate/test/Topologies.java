package io.redisstate.test;

import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.springframework.data.redis.connection.RedisConnectionFactory;

/** The shared servers of every kind by each client, for tests of what must work on all of them. */
public final class Topologies {

    private Topologies() {}

    /** Jedis and Lettuce on one server, with Sentinel and on a cluster; the first two are those of the one server. */
    public static Stream<Named<Supplier<RedisConnectionFactory>>> all() {
        return Stream.of(
                Named.of("Jedis, one server", () -> RedisServer.shared().jedis()),
                Named.of("Lettuce, one server", () -> RedisServer.shared().lettuce()),
                Named.of("Jedis, Sentinel", () -> RedisSentinels.shared().jedis()),
                Named.of("Lettuce, Sentinel", () -> RedisSentinels.shared().lettuce()),
                Named.of("Jedis, Cluster", () -> RedisCluster.shared().jedis()),
                Named.of("Lettuce, Cluster", () -> RedisCluster.shared().lettuce()));
    }
}
