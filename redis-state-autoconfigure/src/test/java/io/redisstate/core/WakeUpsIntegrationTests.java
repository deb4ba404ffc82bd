package io.redisstate.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.redisstate.test.RedisSentinels;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisConnectionFactory;

@RedisTest
class WakeUpsIntegrationTests {

    private static final String LOOK_YOURSELF = "(look yourself)";
    private static final Duration SOON = Duration.ofSeconds(10);

    static Stream<Named<Supplier<RedisConnectionFactory>>> topologies() {
        return ConnectionCallExecutorIntegrationTests.topologies();
    }

    @ParameterizedTest
    @MethodSource("topologies")
    void aMessageWakesTheWaitersOfItsTopicWithItsData(Supplier<RedisConnectionFactory> factory) throws Exception {
        RedisConnectionFactory connections = factory.get();
        try (WakeUps wakeUps = new WakeUps(connections, "wake-test", Duration.ofSeconds(5))) {
            BlockingQueue<String> first = new LinkedBlockingQueue<>();
            BlockingQueue<String> second = new LinkedBlockingQueue<>();
            BlockingQueue<String> other = new LinkedBlockingQueue<>();
            wakeUps.register("lock:a", data -> first.add(seen(data)));
            WakeUps.Registration registration = wakeUps.register("lock:a", data -> second.add(seen(data)));
            wakeUps.register("lock:b", data -> other.add(seen(data)));
            assertThat(wakeUps.awaitListening(SOON)).isTrue();
            publish(connections, wakeUps.channel(), "lock:a\n42|x\ny");
            assertThat(nextMessage(first)).isEqualTo("42|x\ny");
            assertThat(nextMessage(second)).isEqualTo("42|x\ny");

            registration.close();
            publish(connections, wakeUps.channel(), "lock:a");
            assertThat(nextMessage(first)).isEmpty();
            assertThat(second).isEmpty();
            assertThat(other).doesNotContain("", "42|x\ny");
        }
    }

    @Test
    void allWaitersShareOneSubscriptionWhichEndsWithThem() throws Exception {
        // Other tests of this JVM may have theirs.
        List<Thread> before = threads();
        try (RedisServer server = RedisServer.start()) {
            WakeUps wakeUps = new WakeUps(server.jedis(), "wake-test", Duration.ofSeconds(5));
            for (int i = 0; i < 100; i++) {
                wakeUps.register("topic" + i, data -> {});
            }
            assertThat(wakeUps.awaitListening(SOON)).isTrue();
            assertThat(subscribers(server)).isEqualTo(1);
            List<Thread> own = threads();
            own.removeAll(before);
            assertThat(own).hasSize(1);

            wakeUps.close();

            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(subscribers(server)).isZero());
            await().atMost(SOON).untilAsserted(() -> assertThat(threads()).doesNotContainAnyElementsOf(own));
        }
    }

    @ParameterizedTest
    @MethodSource("clients")
    void aLostConnectionIsRenewedAndEveryoneToldToLook(boolean jedis) throws Exception {
        try (RedisServer server = RedisServer.start()) {
            RedisConnectionFactory connections = jedis ? server.jedis() : server.lettuce();
            try (WakeUps wakeUps = new WakeUps(connections, "wake-test", Duration.ofSeconds(5))) {
                BlockingQueue<String> messages = new LinkedBlockingQueue<>();
                wakeUps.register("topic", data -> messages.add(seen(data)));
                assertThat(messages.poll(10, TimeUnit.SECONDS)).isEqualTo(LOOK_YOURSELF);

                server.command("CLIENT", "KILL", "TYPE", "pubsub");
                assertThat(messages.poll(10, TimeUnit.SECONDS)).isEqualTo(LOOK_YOURSELF);

                server.kill();
                server.restart();
                assertThat(messages.poll(20, TimeUnit.SECONDS)).isEqualTo(LOOK_YOURSELF);
                server.command("PUBLISH", wakeUps.channel(), "topic\nafter");
                assertThat(messages.poll(10, TimeUnit.SECONDS)).isEqualTo("after");
            }
        }
    }

    @Test
    void registeringDoesNotWaitForAServerThatIsAway() throws Exception {
        try (RedisServer server = RedisServer.start()) {
            RedisConnectionFactory connections = server.newJedis();
            server.kill();
            try (WakeUps wakeUps = new WakeUps(connections, "wake-test", Duration.ofSeconds(5))) {
                BlockingQueue<String> messages = new LinkedBlockingQueue<>();
                wakeUps.register("topic", data -> messages.add(seen(data)));
                assertThat(wakeUps.awaitListening(Duration.ofMillis(200))).isFalse();

                server.restart();

                assertThat(messages.poll(20, TimeUnit.SECONDS)).isEqualTo(LOOK_YOURSELF);
                assertThat(wakeUps.awaitListening(SOON)).isTrue();
            }
        }
    }

    @Test
    void aFailingWaiterDoesNotKeepOthersFromBeingWoken() throws Exception {
        RedisServer server = RedisServer.shared();
        try (WakeUps wakeUps = new WakeUps(server.jedis(), "wake-test", Duration.ofSeconds(5))) {
            assertThat(wakeUps.awaitListening(SOON)).isTrue();
            BlockingQueue<String> messages = new LinkedBlockingQueue<>();
            for (int i = 0; i < 4; i++) {
                wakeUps.register("topic", data -> {
                    throw new IllegalStateException("a waiter that fails, on purpose");
                });
                wakeUps.register("topic", data -> messages.add(seen(data)));
            }

            server.command("PUBLISH", wakeUps.channel(), "topic\nx");

            await().atMost(SOON).untilAsserted(() -> assertThat(messages)
                    .filteredOn(message -> !message.equals(LOOK_YOURSELF))
                    .containsExactly("x", "x", "x", "x"));
        }
    }

    static Stream<Named<Boolean>> clients() {
        return Stream.of(Named.of("Jedis", true), Named.of("Lettuce", false));
    }

    @Test
    void theSubscriptionSurvivesAFailOver() throws Exception {
        try (RedisSentinels sentinels = RedisSentinels.start();
                WakeUps wakeUps = new WakeUps(sentinels.jedis(), "wake-test", Duration.ofSeconds(5))) {
            BlockingQueue<String> messages = new LinkedBlockingQueue<>();
            wakeUps.register("topic", data -> messages.add(seen(data)));
            assertThat(wakeUps.awaitListening(SOON)).isTrue();

            sentinels.failOver();

            await().atMost(Duration.ofSeconds(30)).ignoreExceptions().until(() -> {
                publish(sentinels.jedis(), wakeUps.channel(), "topic\nafter");
                return messages.contains("after");
            });
        }
    }

    private static void publish(RedisConnectionFactory connections, String channel, String message) {
        try (RedisConnection connection = connections.getConnection()) {
            connection.publish(KeySpace.bytes(channel), KeySpace.bytes(message));
        }
    }

    /** The next message, but for what a registration before the subscription stood is told in addition. */
    private static @Nullable String nextMessage(BlockingQueue<String> messages) throws InterruptedException {
        String next = messages.poll(10, TimeUnit.SECONDS);
        return LOOK_YOURSELF.equals(next) ? messages.poll(10, TimeUnit.SECONDS) : next;
    }

    private static long subscribers(RedisServer server) {
        return String.valueOf(server.command("CLIENT", "LIST", "TYPE", "pubsub"))
                .lines()
                .filter(line -> line.contains("sub=1"))
                .count();
    }

    private static List<Thread> threads() {
        List<Thread> threads = new ArrayList<>(Thread.getAllStackTraces().keySet());
        threads.removeIf(thread -> !thread.getName().equals("redis-state-wake-up"));
        return threads;
    }

    private static String seen(@Nullable String data) {
        return data == null ? LOOK_YOURSELF : data;
    }
}
