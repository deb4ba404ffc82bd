package io.redisstate.pubsub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import io.redisstate.core.ConnectionGuard;
import io.redisstate.core.JsonCodec;
import io.redisstate.test.RedisCluster;
import io.redisstate.test.RedisSentinels;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import tools.jackson.databind.json.JsonMapper;

@RedisTest
class PubSubIntegrationTests {

    private static final Duration SOON = Duration.ofSeconds(20);
    private static final int MANY = 100_000;

    private final String name = "pubsub-" + UUID.randomUUID();

    static Stream<Named<Supplier<RedisConnectionFactory>>> clients() {
        return Stream.of(
                Named.of("Jedis", () -> RedisServer.shared().jedis()),
                Named.of("Lettuce", () -> RedisServer.shared().lettuce()));
    }

    static Stream<Named<Supplier<RedisConnectionFactory>>> topologies() {
        return Stream.concat(
                clients(),
                Stream.of(
                        Named.of(
                                "Jedis, Sentinel", () -> RedisSentinels.shared().jedis()),
                        Named.of("Lettuce, Sentinel", () -> RedisSentinels.shared()
                                .lettuce()),
                        Named.of("Jedis, Cluster", () -> RedisCluster.shared().jedis()),
                        Named.of("Lettuce, Cluster", () -> RedisCluster.shared().lettuce())));
    }

    @ParameterizedTest
    @MethodSource("topologies")
    void channelsAndPatternsOfOneListenerArriveInTheOrderOfPublication(Supplier<RedisConnectionFactory> factory)
            throws Exception {
        RedisConnectionFactory redis = factory.get();
        BlockingQueue<String> seen = new LinkedBlockingQueue<>();
        PubSubListeners listeners = PubSubListeners.builder(redis).build();
        listeners.listen(
                "it",
                List.of(name + ":a", name + ":b:*"),
                ListenerOptions.DEFAULT,
                message -> seen.add(message.channel().substring(name.length()) + "|"
                        + String.valueOf(message.pattern()).replace(name, "") + "|" + text(message)));
        listeners.start();
        try {
            assertThat(listeners.isListening()).isTrue();
            MessagePublisher publisher = publisher(redis);

            publisher.publish(name + ":a", "text, as it is");
            await().until(() -> seen.size() == 1);
            publisher.publish(name + ":b:x", Map.of("a", 1));
            await().until(() -> seen.size() == 2);
            publisher.publish(name + ":c", "not for it");
            publisher.publish(name + ":a", new byte[] {'b'});

            await().atMost(SOON).untilAsserted(() -> assertThat(seen)
                    .containsExactly(":a|null|text, as it is", ":b:x|:b:*|{\"a\":1}", ":a|null|b"));
        } finally {
            listeners.stop();
        }
    }

    @ParameterizedTest
    @MethodSource("clients")
    void thePublisherIsToldHowManyReceivedIt(Supplier<RedisConnectionFactory> factory) {
        RedisConnectionFactory redis = factory.get();
        PubSubListeners listeners = PubSubListeners.builder(redis).build();
        listeners.listen("channel", List.of(name), ListenerOptions.DEFAULT, message -> {});
        listeners.listen("late", List.of(name), ListenerOptions.DEFAULT.withOverflow(Overflow.BLOCK), message -> {});
        listeners.start();
        try {
            assertThat(publisher(redis).publish(name, "x")).isEqualTo(2);
            assertThat(publisher(redis).publish(name + "-other", "x")).isZero();
            assertThat(publisher(redis).publishAll(name, List.of("1", "2", "3")))
                    .containsExactly(2L, 2L, 2L);
        } finally {
            listeners.stop();
        }
    }

    @Test
    void publishingIsOneCommand(RedisServer server) throws Exception {
        MessagePublisher publisher = publisher(server.jedis());
        publisher.publish(name, "opens a connection");
        try (RedisServer own = RedisServer.start()) {
            MessagePublisher counted = publisher(own.jedis());
            counted.publish(name, "opens a connection");
            assertThat(own.count(() -> {
                                counted.publish(name, "x");
                                counted.publishAll(name, List.of("1", "2"));
                                counted.publishSharded(name, "x");
                            })
                            .all())
                    .isEqualTo(Map.of("publish", 3L, "spublish", 1L));
        }
    }

    @ParameterizedTest
    @MethodSource("clients")
    void aHundredThousandMessagesArriveInOrder(Supplier<RedisConnectionFactory> factory) throws Exception {
        RedisConnectionFactory redis = factory.get();
        AtomicInteger next = new AtomicInteger();
        CountDownLatch all = new CountDownLatch(MANY);
        BlockingQueue<String> wrong = new LinkedBlockingQueue<>();
        PubSubListeners listeners = PubSubListeners.builder(redis).build();
        PubSubListener listener = listeners.listen(
                "many",
                List.of(name),
                ListenerOptions.DEFAULT.withOverflow(Overflow.BLOCK).withQueueCapacity(100),
                message -> {
                    if (Integer.parseInt(text(message)) != next.getAndIncrement()) {
                        wrong.add(text(message));
                    }
                    all.countDown();
                });
        listeners.start();
        try {
            publisher(redis)
                    .publishAll(
                            name,
                            IntStream.range(0, MANY).mapToObj(String::valueOf).toList());

            assertThat(all.await(60, TimeUnit.SECONDS)).isTrue();
            assertThat(wrong).isEmpty();
            assertThat(listener.dropped()).isZero();
            assertThat(listener.handled()).isGreaterThanOrEqualTo(MANY - 1L);
        } finally {
            listeners.stop();
        }
    }

    @ParameterizedTest
    @MethodSource("clients")
    void aSlowListenerHoldsUpNoOtherWhateverItsPolicy(Supplier<RedisConnectionFactory> factory) throws Exception {
        RedisConnectionFactory redis = factory.get();
        CountDownLatch release = new CountDownLatch(1);
        PubSubListeners listeners = PubSubListeners.builder(redis).build();
        for (Overflow overflow : Overflow.values()) {
            listeners.listen(
                    "slow-" + overflow,
                    List.of(name),
                    ListenerOptions.DEFAULT.withOverflow(overflow).withQueueCapacity(10),
                    message -> release.await());
        }
        PubSubListener quick = listeners.listen("quick", List.of(name), ListenerOptions.DEFAULT, message -> {});
        listeners.start();
        try {
            publisher(redis).publishAll(name, Collections.nCopies(1_000, "x"));

            await().atMost(SOON).untilAsserted(() -> assertThat(quick.handled()).isEqualTo(1_000));
            PubSubListener oldest = listeners.find("slow-DROP_OLDEST").orElseThrow();
            PubSubListener newest = listeners.find("slow-DROP_NEWEST").orElseThrow();
            PubSubListener blocked = listeners.find("slow-BLOCK").orElseThrow();
            await().atMost(SOON).untilAsserted(() -> {
                assertThat(oldest.received()).isEqualTo(1_000);
                assertThat(newest.received()).isEqualTo(1_000);
            });
            assertThat(oldest.dropped()).isBetween(1_000L - 10 - 64, 990L);
            assertThat(newest.dropped()).isBetween(1_000L - 10 - 64, 990L);
            assertThat(blocked.received()).isLessThan(100);
            assertThat(blocked.dropped()).isZero();

            release.countDown();

            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(blocked.handled()).isEqualTo(1_000));
            assertThat(blocked.dropped()).isZero();
        } finally {
            release.countDown();
            listeners.stop();
        }
    }

    @ParameterizedTest
    @MethodSource("clients")
    void aFailureGoesToTheErrorHandlerAndTheNextMessageFollows(Supplier<RedisConnectionFactory> factory)
            throws Exception {
        RedisConnectionFactory redis = factory.get();
        BlockingQueue<String> failures = new LinkedBlockingQueue<>();
        BlockingQueue<String> seen = new LinkedBlockingQueue<>();
        ListenerErrorHandler errors = (listener, message, failure) -> {
            failures.add(listener.id() + "|" + text(message) + "|" + failure.getMessage());
            throw new IllegalStateException("an error handler that fails, on purpose");
        };
        PubSubListeners listeners = PubSubListeners.builder(redis).build();
        PubSubListener listener = listeners.listen(
                "failing", List.of(name), ListenerOptions.DEFAULT.withErrorHandler(errors), message -> {
                    if (text(message).startsWith("bad")) {
                        throw new AssertionError("a listener that fails, on purpose");
                    }
                    seen.add(text(message));
                });
        listeners.start();
        try {
            publisher(redis).publishAll(name, List.of("1", "bad", "2"));

            await().atMost(SOON).untilAsserted(() -> assertThat(seen).containsExactly("1", "2"));
            assertThat(failures).containsExactly("failing|bad|a listener that fails, on purpose");
            assertThat(listener.failed()).isEqualTo(1);
        } finally {
            listeners.stop();
        }
    }

    @Test
    void allListenersShareAConnectionAndAllEndWithTheListeners() throws Exception {
        try (RedisServer server = RedisServer.start()) {
            PubSubListeners listeners = PubSubListeners.builder(server.jedis()).build();
            for (int i = 0; i < 20; i++) {
                listeners.listen("l" + i, List.of(name + i, name + ":" + i + ":*"), ListenerOptions.DEFAULT, m -> {});
            }
            listeners.listen("s1", List.of(name), ListenerOptions.DEFAULT.withSharded(true), m -> {});
            listeners.listen("s2", List.of(name + 2), ListenerOptions.DEFAULT.withSharded(true), m -> {});
            listeners.start();
            assertThat(subscribers(server)).isEqualTo(2);

            listeners.stop();

            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(subscribers(server)).isZero());
            await().atMost(SOON).untilAsserted(() -> assertThat(threads()).noneMatch(thread -> thread.contains("l1")));
            assertThat(listeners.isRunning()).isFalse();

            listeners.start();
            assertThat(subscribers(server)).isEqualTo(2);
            listeners.stop();
        }
    }

    @Test
    void stoppingLetsWaitingMessagesBeHandledAndInterruptsWhatTakesTooLong() throws Exception {
        RedisConnectionFactory redis = RedisServer.shared().jedis();
        CountDownLatch begun = new CountDownLatch(2);
        CountDownLatch release = new CountDownLatch(1);
        AtomicInteger done = new AtomicInteger();
        CountDownLatch interrupted = new CountDownLatch(1);
        PubSubListeners listeners =
                PubSubListeners.builder(redis).drain(Duration.ofSeconds(2)).build();
        PubSubListener quick = listeners.listen("drained", List.of(name), ListenerOptions.DEFAULT, message -> {
            begun.countDown();
            release.await();
            done.incrementAndGet();
        });
        PubSubListener stuck = listeners.listen("stuck", List.of(name), ListenerOptions.DEFAULT, message -> {
            begun.countDown();
            try {
                new CountDownLatch(1).await();
            } finally {
                interrupted.countDown();
            }
        });
        listeners.start();
        publisher(redis).publishAll(name, Collections.nCopies(500, "x"));
        begun.await();
        await().atMost(SOON).until(() -> quick.received() == 500 && stuck.received() == 500);
        release.countDown();

        listeners.stop();

        assertThat(done).hasValue(500);
        assertThat(quick.dropped()).isZero();
        assertThat(interrupted.await(10, TimeUnit.SECONDS)).isTrue();
        await().atMost(SOON).untilAsserted(() -> assertThat(stuck.dropped()).isEqualTo(499));
    }

    @ParameterizedTest
    @MethodSource("killable")
    void aLostSubscriptionIsRenewedAfterAKillAndARestart(boolean jedis) throws Exception {
        try (RedisServer server = RedisServer.start()) {
            RedisConnectionFactory redis = jedis ? server.jedis() : server.lettuce();
            BlockingQueue<String> seen = new LinkedBlockingQueue<>();
            PubSubListeners listeners = PubSubListeners.builder(redis).build();
            PubSubListener listener = listeners.listen(
                    "it", List.of(name, name + ":*"), ListenerOptions.DEFAULT, message -> seen.add(text(message)));
            PubSubListener blocking = listeners.listen(
                    "own", List.of(name), ListenerOptions.DEFAULT.withOverflow(Overflow.BLOCK), message -> {});
            PubSubListener sharded = listeners.listen(
                    "sharded", List.of(name), ListenerOptions.DEFAULT.withSharded(true), message -> {});
            listeners.start();
            try {
                server.command("CLIENT", "KILL", "TYPE", "pubsub");
                await().atMost(SOON).untilAsserted(() -> {
                    assertThat(listener.renewals()).isEqualTo(2);
                    assertThat(blocking.renewals()).isEqualTo(1);
                    assertThat(sharded.renewals()).isEqualTo(1);
                });
                server.command("PUBLISH", name, "after the kill");
                assertThat(seen.poll(20, TimeUnit.SECONDS)).isEqualTo("after the kill");

                server.kill();
                server.restart();
                await().atMost(SOON).untilAsserted(() -> {
                    assertThat(listener.renewals()).isEqualTo(4);
                    assertThat(blocking.renewals()).isEqualTo(2);
                    assertThat(sharded.renewals()).isEqualTo(2);
                });
                server.command("PUBLISH", name, "after the restart");
                server.command("SPUBLISH", name, "x");
                assertThat(seen.poll(20, TimeUnit.SECONDS)).isEqualTo("after the restart");
                await().atMost(SOON).untilAsserted(() -> {
                    assertThat(blocking.handled()).isEqualTo(2);
                    assertThat(sharded.handled()).isEqualTo(1);
                });
            } finally {
                listeners.stop();
            }
        }
    }

    static Stream<Named<Boolean>> killable() {
        return Stream.of(Named.of("Jedis", true), Named.of("Lettuce", false));
    }

    @Test
    void theSubscriptionsSurviveAFailOver() throws Exception {
        try (RedisSentinels sentinels = RedisSentinels.start()) {
            BlockingQueue<String> seen = new LinkedBlockingQueue<>();
            List<PubSubListeners> all = Stream.of(sentinels.jedis(), sentinels.lettuce())
                    .map(redis -> {
                        String client = redis.getClass().getSimpleName().substring(0, 5);
                        PubSubListeners listeners =
                                PubSubListeners.builder(redis).build();
                        listeners.listen(
                                "plain", List.of(name), ListenerOptions.DEFAULT, m -> seen.add(client + " " + text(m)));
                        listeners.listen(
                                "sharded",
                                List.of(name),
                                ListenerOptions.DEFAULT.withSharded(true),
                                m -> seen.add(client + " sharded " + text(m)));
                        listeners.start();
                        return listeners;
                    })
                    .toList();
            try {
                sentinels.failOver();

                await().atMost(Duration.ofSeconds(60)).ignoreExceptions().until(() -> {
                    publisher(sentinels.jedis()).publish(name, "after");
                    publisher(sentinels.jedis()).publishSharded(name, "after");
                    return seen.containsAll(
                            List.of("Jedis after", "Jedis sharded after", "Lettu after", "Lettu sharded after"));
                });
            } finally {
                all.forEach(PubSubListeners::stop);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("killable")
    void theApplicationStartsWithoutRedisAndListensWhenItComes(boolean jedis) throws Exception {
        try (RedisServer server = RedisServer.start()) {
            RedisConnectionFactory redis = jedis ? server.jedis() : server.lettuce();
            server.kill();
            BlockingQueue<String> seen = new LinkedBlockingQueue<>();
            PubSubListeners listeners = PubSubListeners.builder(redis)
                    .registration(Duration.ofMillis(500))
                    .build();
            listeners.listen("it", List.of(name), ListenerOptions.DEFAULT, message -> seen.add(text(message)));
            listeners.start();
            try {
                assertThat(listeners.isListening()).isFalse();

                server.restart();

                await().atMost(SOON).until(listeners::isListening);
                server.command("PUBLISH", name, "here");
                assertThat(seen.poll(20, TimeUnit.SECONDS)).isEqualTo("here");
            } finally {
                listeners.stop();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("killable")
    void aServerThatHangsIsWaitedForOnOneConnection(boolean jedis) throws Exception {
        try (RedisServer server = RedisServer.start()) {
            RedisConnectionFactory redis = jedis ? server.jedis() : server.lettuce();
            publisher(redis).publish(name, "opens a connection");
            server.pause();
            PubSubListeners listeners = PubSubListeners.builder(redis)
                    .registration(Duration.ofMillis(300))
                    .build();
            PubSubListener listener = listeners.listen("it", List.of(name), ListenerOptions.DEFAULT, message -> {});
            listeners.start();
            try {
                assertThat(listeners.isListening()).isFalse();

                server.resume();

                await().atMost(SOON).until(listeners::isListening);
                await().atMost(SOON)
                        .untilAsserted(() -> assertThat(subscribers(server)).isEqualTo(1));
                server.command("PUBLISH", name, "x");
                await().atMost(SOON)
                        .untilAsserted(() -> assertThat(listener.handled()).isEqualTo(1));
            } finally {
                listeners.stop();
            }
        }
    }

    @Test
    void aListenerAddedLaterIsSubscribedAtOnce() throws Exception {
        RedisConnectionFactory redis = RedisServer.shared().jedis();
        BlockingQueue<String> seen = new LinkedBlockingQueue<>();
        PubSubListeners listeners = PubSubListeners.builder(redis).build();
        listeners.start();
        try {
            listeners.listen("late", List.of(name), ListenerOptions.DEFAULT, message -> seen.add(text(message)));

            publisher(redis).publish(name, "x");
            assertThat(seen.poll(20, TimeUnit.SECONDS)).isEqualTo("x");
        } finally {
            listeners.stop();
        }
    }

    @Test
    void wrongListenersAreRefused() {
        PubSubListeners listeners =
                PubSubListeners.builder(RedisServer.shared().jedis()).build();
        listeners.listen("a", List.of("x"), ListenerOptions.DEFAULT, message -> {});
        assertThatIllegalArgumentException()
                .isThrownBy(() -> listeners.listen("a", List.of("x"), ListenerOptions.DEFAULT, message -> {}))
                .withMessageContaining("'a'");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> listeners.listen("b", List.of(), ListenerOptions.DEFAULT, message -> {}))
                .withMessageContaining("topics");
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        listeners.listen("c", List.of("x*"), ListenerOptions.DEFAULT.withSharded(true), message -> {}))
                .withMessageContaining("'x*'");
        assertThatIllegalArgumentException().isThrownBy(() -> ListenerOptions.DEFAULT.withQueueCapacity(0));
    }

    private static long subscribers(RedisServer server) {
        return String.valueOf(server.command("CLIENT", "LIST", "TYPE", "pubsub"))
                .lines()
                .filter(line -> !line.isBlank())
                .count();
    }

    private static List<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(thread -> thread.startsWith("redis-state-pubsub-"))
                .toList();
    }

    private static String text(ReceivedMessage message) {
        return new String(message.body(), StandardCharsets.UTF_8);
    }

    private static MessagePublisher publisher(RedisConnectionFactory redis) {
        return new MessagePublisher(ConnectionGuard.of(redis), new JsonCodec(new JsonMapper()));
    }
}
