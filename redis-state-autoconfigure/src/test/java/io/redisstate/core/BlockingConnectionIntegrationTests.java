package io.redisstate.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.redisstate.test.RedisCluster;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.dao.DataAccessException;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.connection.stream.StreamRecords;

@RedisTest
class BlockingConnectionIntegrationTests {

    static Stream<Named<Supplier<RedisConnectionFactory>>> clients() {
        return Stream.of(
                Named.of("Jedis", () -> RedisServer.shared().jedis()),
                Named.of("Lettuce", () -> RedisServer.shared().lettuce()),
                Named.of("Jedis, Cluster", () -> RedisCluster.shared().jedis()),
                Named.of("Lettuce, Cluster", () -> RedisCluster.shared().lettuce()));
    }

    @ParameterizedTest
    @MethodSource("clients")
    void waitsInVainOrForAReplyAndGoesOnAfterAnError(Supplier<RedisConnectionFactory> factory) {
        String key = RedisServer.shared().uniquePrefix();
        byte[] bytes = KeySpace.bytes(key);
        try (RedisConnection other = factory.get().getConnection();
                BlockingConnection connection = BlockingConnection.of(factory.get(), Duration.ofSeconds(2))) {
            assertThat(read(connection, key, "20")).isNull();
            assertThat(read(connection, key, "20")).isNull();

            Object unused = other.streamCommands()
                    .xAdd(StreamRecords.rawBytes(Map.of(bytes, bytes)).withStreamKey(bytes));
            Object reply = Objects.requireNonNull(read(connection, key, "1000"));
            List<?> first = (List<?>) reply;
            List<?> streamAndEntries = first.get(0) instanceof List<?> pair ? pair : first;
            assertThat((List<?>) streamAndEntries.get(1)).hasSize(1);

            unused = other.keyCommands().del(bytes);
            unused = other.listCommands().rPush(bytes, bytes);
            assertThatExceptionOfType(DataAccessException.class).isThrownBy(() -> read(connection, key, "1000"));
            unused = other.keyCommands().del(bytes);
            assertThat(read(connection, key, "20")).isNull();
        }
    }

    private static @Nullable Object read(BlockingConnection connection, String key, String millis) {
        return connection.execute(
                "XREAD",
                3,
                KeySpace.bytes("BLOCK"),
                KeySpace.bytes(millis),
                KeySpace.bytes("STREAMS"),
                KeySpace.bytes(key),
                KeySpace.bytes("0"));
    }
}
