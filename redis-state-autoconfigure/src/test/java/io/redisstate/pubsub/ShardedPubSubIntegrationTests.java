package io.redisstate.pubsub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.redisstate.core.ConnectionGuard;
import io.redisstate.core.JsonCodec;
import io.redisstate.test.RedisCluster;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import tools.jackson.databind.json.JsonMapper;

/** Sharded channels on a cluster of three primaries, of its own as slots are moved and primaries killed. */
@RedisTest
class ShardedPubSubIntegrationTests {

    private static final Duration SOON = Duration.ofSeconds(60);
    private static final List<String> CHANNELS =
            IntStream.range(0, 12).mapToObj(i -> "sharded:" + i).toList();

    static Stream<Named<Supplier<RedisConnectionFactory>>> clients() {
        return Stream.of(
                Named.of("Jedis, one server", () -> RedisServer.shared().jedis()),
                Named.of("Lettuce, one server", () -> RedisServer.shared().lettuce()),
                Named.of("Jedis, Cluster", () -> RedisCluster.shared().jedis()),
                Named.of("Lettuce, Cluster", () -> RedisCluster.shared().lettuce()));
    }

    @ParameterizedTest
    @MethodSource("clients")
    void shardedChannelsOfAllNodesArriveAndAreCounted(Supplier<RedisConnectionFactory> factory) {
        Receiver receiver = new Receiver(factory.get(), Overflow.BLOCK);
        try {
            for (int i = 0; i < 100; i++) {
                for (String channel : CHANNELS) {
                    assertThat(receiver.publisher.publishSharded(channel, String.valueOf(i)))
                            .isEqualTo(1);
                }
            }
            List<String> expected =
                    IntStream.range(0, 100).mapToObj(String::valueOf).toList();
            await().atMost(SOON).untilAsserted(() -> assertThat(receiver.seen.values())
                    .hasSize(CHANNELS.size())
                    .allSatisfy(messages -> assertThat(messages).isEqualTo(expected)));
        } finally {
            receiver.listeners.stop();
        }
    }

    @Test
    void theSubscriptionFollowsItsSlotAndThePrimariesOfTheCluster() {
        try (RedisCluster cluster = RedisCluster.start()) {
            List<Receiver> receivers = List.of(
                    new Receiver(cluster.jedis(), Overflow.DROP_OLDEST),
                    new Receiver(cluster.lettuce(), Overflow.DROP_OLDEST));
            try {
                String moved = CHANNELS.get(0);
                assertAllArrive(receivers, "before");
                Set<Long> before = renewals(receivers);
                assertThat(before).containsExactly(0L);

                AtomicBoolean enough = new AtomicBoolean();
                CompletableFuture<Integer> published =
                        CompletableFuture.supplyAsync(() -> count(receivers.get(0).publisher, moved, enough));
                awaitMoreNumbers(receivers, moved);

                RedisServer target = cluster.moveSlot(moved);

                awaitMoreNumbers(receivers, moved);
                enough.set(true);
                assertAllArrive(receivers, "moved");
                for (Receiver receiver : receivers) {
                    assertThat(receiver.numbers(moved))
                            .isSorted()
                            .doesNotHaveDuplicates()
                            .hasSizeLessThanOrEqualTo(published.join());
                }
                assertThat(target.command("PUBSUB", "SHARDNUMSUB", moved)).isEqualTo(List.of(moved, 2L));
                assertThat(renewals(receivers)).containsExactly(1L);

                cluster.failOver(CHANNELS.get(1));

                assertAllArrive(receivers, "failed over");
            } finally {
                receivers.forEach(receiver -> receiver.listeners.stop());
            }
        }
    }

    /** Publishes 0, 1, 2 and so on until it is enough; how many there were. */
    private static int count(MessagePublisher publisher, String channel, AtomicBoolean enough) {
        int next = 0;
        while (!enough.get()) {
            long unused = publisher.publishSharded(channel, String.valueOf(next++));
        }
        return next;
    }

    private static void awaitMoreNumbers(List<Receiver> receivers, String channel) {
        List<Integer> before = receivers.stream()
                .map(receiver -> receiver.numbers(channel).size())
                .toList();
        await().atMost(SOON).until(() -> IntStream.range(0, receivers.size())
                .allMatch(i -> receivers.get(i).numbers(channel).size() > before.get(i) + 100));
    }

    /** Publishes until every receiver has had it: what was published while nobody was subscribed is lost. */
    private static void assertAllArrive(List<Receiver> receivers, String message) {
        for (String channel : CHANNELS) {
            await().atMost(SOON).ignoreExceptions().until(() -> {
                receivers.get(0).publisher.publishSharded(channel, message);
                return receivers.stream().allMatch(receiver -> receiver.has(channel, message));
            });
        }
    }

    private static Set<Long> renewals(List<Receiver> receivers) {
        return Set.copyOf(
                receivers.stream().map(receiver -> receiver.listener.renewals()).toList());
    }

    private static final class Receiver {

        private final Map<String, List<String>> seen = new ConcurrentHashMap<>();
        private final PubSubListeners listeners;
        private final PubSubListener listener;
        private final MessagePublisher publisher;

        Receiver(RedisConnectionFactory redis, Overflow overflow) {
            publisher = new MessagePublisher(ConnectionGuard.of(redis), new JsonCodec(new JsonMapper()));
            listeners = PubSubListeners.builder(redis)
                    .registration(Duration.ofSeconds(20))
                    .build();
            listener = listeners.listen(
                    "sharded",
                    CHANNELS,
                    ListenerOptions.DEFAULT.withSharded(true).withOverflow(overflow),
                    message -> seen.computeIfAbsent(
                                    message.channel(), channel -> Collections.synchronizedList(new ArrayList<>()))
                            .add(new String(message.body(), StandardCharsets.UTF_8)));
            listeners.start();
            assertThat(listeners.isListening()).isTrue();
        }

        List<Integer> numbers(String channel) {
            return List.copyOf(seen.getOrDefault(channel, List.of())).stream()
                    .filter(text -> Character.isDigit(text.charAt(0)))
                    .map(Integer::valueOf)
                    .toList();
        }

        boolean has(String channel, String message) {
            return seen.getOrDefault(channel, List.of()).contains(message);
        }
    }
}
