package io.redisstate.stream.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.redisstate.core.ConnectionGuard;
import io.redisstate.stream.DeadLetters;
import io.redisstate.stream.RetryPolicy;
import io.redisstate.stream.StreamEntry;
import io.redisstate.stream.StreamPublisher;
import io.redisstate.test.RedisCluster;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.connection.stream.StreamRecords;

/** A stream that another program writes, under a key of its own. */
@RedisTest
class StreamKeyIntegrationTests {

    private static final Duration LIMIT = Duration.ofSeconds(30);

    static Stream<Arguments> places() {
        Named<Supplier<RedisConnectionFactory>> server =
                Named.of("one server", () -> RedisServer.shared().jedis());
        Named<Supplier<RedisConnectionFactory>> cluster =
                Named.of("cluster", () -> RedisCluster.shared().jedis());
        return Stream.of(
                Arguments.of(server, "legacy.events", false),
                Arguments.of(server, "legacy.events", true),
                Arguments.of(cluster, "legacy.events", false),
                Arguments.of(cluster, "legacy:{7}:events", true));
    }

    @ParameterizedTest
    @MethodSource("places")
    void isConsumedWithRetriesAndDeadLetters(Supplier<RedisConnectionFactory> factory, String name, boolean ordered) {
        RedisConnectionFactory connections = factory.get();
        String prefix = RedisServer.shared().uniquePrefix();
        String key = name + UUID.randomUUID();
        String stream = "key:" + key;
        write(connections, key, "a");
        write(connections, key, "bad");
        Queue<String> handled = new ConcurrentLinkedQueue<>();
        StreamContainer.Builder builder = StreamContainer.<StreamEntry>builder(
                        connections,
                        ContainerOptions.builder(stream, "g")
                                .minIdle(Duration.ofMillis(900))
                                .retry(RetryPolicy.DEFAULT
                                        .withMaxAttempts(2)
                                        .withDelays(Duration.ofMillis(20), 1, Duration.ofMillis(20)))
                                .build(),
                        StreamEntry.class,
                        (message, acknowledgement) -> {
                            String kind = message.payload().text("kind").orElseThrow();
                            if (kind.equals("bad")) {
                                throw new IllegalStateException("on purpose");
                            }
                            handled.add(message.stream() + " " + kind);
                        })
                .keyPrefix(prefix);
        if (ordered) {
            builder.orderBy(message -> String.valueOf(message.id()));
        }
        DeadLetters dead = new DeadLetters(ConnectionGuard.of(connections), prefix);
        try (StreamContainer container = builder.build()) {
            container.start();
            await().atMost(LIMIT).until(() -> dead.count(stream, "g") == 1);
            write(connections, key, "b");
            await().atMost(LIMIT).until(() -> handled.size() == 2);
        }
        assertThat(handled).containsExactly(stream + " a", stream + " b");
        assertThat(dead.redriveAll(stream, "g")).isEqualTo(1);
        // A publication goes to the same stream.
        StreamPublisher.builder(connections).keyPrefix(prefix).build().publish(stream, "ours");
        try (RedisConnection connection = connections.getConnection()) {
            assertThat(connection.streamCommands().xLen(bytes(key))).isEqualTo(5);
            Long unused = connection.keyCommands().del(bytes(key));
        }
    }

    private static void write(RedisConnectionFactory connections, String key, String kind) {
        try (RedisConnection connection = connections.getConnection()) {
            assertThat(connection
                            .streamCommands()
                            .xAdd(StreamRecords.rawBytes(Map.of(bytes("kind"), bytes(kind)))
                                    .withStreamKey(bytes(key))))
                    .isNotNull();
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
