package io.redisstate.stream.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.redisstate.core.ConnectionGuard;
import io.redisstate.stream.AckMode;
import io.redisstate.stream.Acknowledgement;
import io.redisstate.stream.HandlerCircuit;
import io.redisstate.stream.Publication;
import io.redisstate.stream.RetryPolicy;
import io.redisstate.stream.StreamPublisher;
import io.redisstate.test.BrokenCalls;
import io.redisstate.test.CommandCount;
import io.redisstate.test.JavaProcess;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.data.redis.connection.RedisConnectionFactory;

/** The order of messages of one key, whichever consumers of a group there are. */
@RedisTest
class StreamOrderIntegrationTests extends StreamTestCase {

    private final Map<String, Integer> published = new HashMap<>();
    /** Notes what is handled, in order; every handler takes its time. */
    private static final class Log {
        private final List<String> lines = Collections.synchronizedList(new ArrayList<>());
        private final Map<String, AtomicInteger> running = new ConcurrentHashMap<>();
        private final AtomicInteger overlaps = new AtomicInteger();

        StreamHandler<String> of(String consumer) {
            return (message, acknowledgement) -> {
                String lane = ConsumerProcess.keyOf(message.payload());
                AtomicInteger now = running.computeIfAbsent(lane, any -> new AtomicInteger());
                if (now.incrementAndGet() > 1) {
                    overlaps.incrementAndGet();
                }
                lines.add(consumer + " " + message.payload());
                now.decrementAndGet();
            };
        }

        List<String> lines() {
            synchronized (lines) {
                return List.copyOf(lines);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("topologies")
    void consumersShareTheKeysAndKeepTheirOrder(Supplier<RedisConnectionFactory> factory) {
        RedisConnectionFactory connections = factory.get();
        StreamPublisher there =
                StreamPublisher.builder(connections).keyPrefix(prefix).build();
        Log log = new Log();
        List<StreamContainer> containers = new ArrayList<>();
        Map<String, CountDownLatch> firsts = new HashMap<>();
        List.of("a", "b", "c").forEach(name -> firsts.put(name, new CountDownLatch(1)));
        for (String name : firsts.keySet()) {
            StreamHandler<String> noting = log.of(name);
            containers.add(start(connections, name, (message, ack) -> {
                firsts.get(name).countDown();
                for (CountDownLatch first : firsts.values()) {
                    // Nobody can do it all before the others have begun.
                    assertThat(first.await(30, TimeUnit.SECONDS)).isTrue();
                }
                noting.handle(message, ack);
            }));
        }
        await().atMost(LIMIT)
                .until(() -> containers.stream().allMatch(it -> it.statistics().state() == ContainerState.RUNNING));
        for (int round = 0; round < 5; round++) {
            there.publishAll("s", numbered(20, 10));
        }

        await().atMost(LIMIT)
                .until(() -> containers.stream()
                                .mapToLong(it -> it.statistics().handled())
                                .sum()
                        == 1_000);
        assertThat(log.overlaps).hasValue(0);
        assertThat(log.lines()).hasSize(1_000);
        assertInOrder(log.lines(), false);
        assertThat(containers).allSatisfy(it -> {
            assertThat(it.statistics().handled()).isPositive();
            assertThat(it.statistics().takenAway()).isZero();
        });
        containers.forEach(StreamContainer::stop);
    }

    @Test
    void perKeyOrderHoldsFromOneConsumerToFourAndBackToOne() throws Exception {
        List<JavaProcess> processes = new ArrayList<>();
        processes.add(process("p0"));
        processes.get(0).awaitLine("started", LIMIT);
        publish(numbered(50, 30));
        for (int i = 1; i < 4; i++) {
            processes.add(process("p" + i));
        }
        for (JavaProcess process : processes) {
            process.awaitLine("started", LIMIT);
        }
        publish(numbered(50, 60));
        await().atMost(LIMIT)
                .until(() -> log().stream()
                                .map(line -> line.substring(0, 2))
                                .distinct()
                                .count()
                        == 4);
        processes.get(0).kill();
        publish(numbered(50, 30));
        processes.get(1).send("stop");
        processes.get(2).send("stop");
        processes.get(1).awaitLine("stopped", LIMIT);
        processes.get(2).awaitLine("stopped", LIMIT);
        publish(numbered(50, 30));

        await().atMost(LIMIT).until(() -> payloads(log()).size() == 7_500 && pending() == 0);
        assertInOrder(log(), true);
        List<String> log = log();
        assertThat(log.size() - 7_500).isBetween(0, 100);
        assertThat(log.get(log.size() - 1)).startsWith("p3");
        // The order and the free lanes are gone with the last entry.
        await().atMost(LIMIT).until(() -> redis.keys(prefix).stream()
                .noneMatch(name -> name.endsWith(":order") || name.endsWith(":free")));
    }

    @Test
    void aLeaderThatIsPausedIsFollowedAndReadsNothingPastTheOther() throws Exception {
        JavaProcess first = process("p1");
        first.awaitLine("started", LIMIT);
        publish(numbered(10, 5));
        await().atMost(LIMIT).until(() -> payloads(log()).size() == 50);
        JavaProcess second = process("p2");
        second.awaitLine("started", LIMIT);
        for (int i = 0; i < 4; i++) {
            JavaProcess paused = i % 2 == 0 ? first : second;
            publish(numbered(10, 20));
            paused.pause();
            publish(numbered(10, 20));
            int all = 50 + (i + 1) * 400;
            await().atMost(LIMIT).until(() -> payloads(log()).size() == all);
            paused.resume();
        }
        await().atMost(LIMIT).until(() -> pending() == 0);
        assertInOrder(log(), true);
    }

    @Test
    void aConsumerThatIsCutOffBeginsNothingThatOthersMayHave() throws Exception {
        AtomicBoolean cut = new AtomicBoolean();
        CountDownLatch holding = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        List<String> begun = Collections.synchronizedList(new ArrayList<>());
        StreamContainer first = start(
                StreamContainer.<String>builder(redis.jedis(), options("a").build(), String.class, (message, ack) -> {
                            begun.add("a " + message.payload());
                            holding.countDown();
                            end.await();
                        })
                        .calls(new BrokenCalls(ConnectionGuard.of(redis.jedis())).losing(call -> cut.get())));
        publish(numbered(1, 4));
        assertThat(holding.await(60, TimeUnit.SECONDS)).isTrue();
        await().atMost(LIMIT).until(() -> first.statistics().inFlight() == 4);
        cut.set(true);
        Recorder recorder = new Recorder();
        start(redis.jedis(), "b", recorder);
        await().atMost(LIMIT).until(() -> recorder.messages().size() == 4);

        end.countDown();
        await().during(Duration.ofMillis(500)).atMost(LIMIT).until(() -> begun.size() == 1);
        cut.set(false);
        await().atMost(LIMIT).until(() -> first.statistics().inFlight() == 0);
        assertThat(begun).containsExactly("a k0:0");
        assertThat(first.statistics().takenAway()).isEqualTo(1);
    }

    @Test
    void whatIsToldTwiceBecauseAReplyWasLostIsCountedAsHandled() {
        AtomicInteger calls = new AtomicInteger();
        StreamContainer container = start(StreamContainer.<String>builder(
                        redis.jedis(),
                        options("a")
                                .retry(RetryPolicy.DEFAULT.withMaxAttempts(20))
                                .build(),
                        String.class,
                        new Recorder())
                .calls(new BrokenCalls(ConnectionGuard.of(redis.jedis()))
                        .losingRepliesTo(call -> call.script().name().contains("lane-step")
                                && call.arguments().stream().anyMatch(it -> Arrays.equals(it, new byte[] {'-', '1'}))
                                && calls.incrementAndGet() == 1)));
        publish(numbered(10, 3));
        await().atMost(LIMIT)
                .until(() -> pending() == 0 && container.statistics().handled() == 30);
        assertThat(container.statistics().takenAway()).isZero();
    }

    @Test
    void aKeyThatCantBeToldHoldsUpNobody() {
        Recorder recorder = new Recorder();
        super.start(StreamContainer.<String>builder(redis.jedis(), options("a").build(), String.class, recorder)
                .orderBy(message -> {
                    if (message.payload().equals("k0:1")) {
                        throw new StackOverflowError("the key");
                    }
                    return ConsumerProcess.keyOf(String.valueOf(message.payload()));
                }));
        publish(numbered(1, 3));
        await().atMost(LIMIT).until(() -> recorder.messages().size() == 3 && pending() == 0);
    }

    @Test
    void whatFailsHoldsBackItsKeyOnlyWhoeverHasIt() {
        Map<String, AtomicInteger> attempts = new ConcurrentHashMap<>();
        List<String> handled = Collections.synchronizedList(new ArrayList<>());
        StreamHandler<String> handler = (message, ack) -> {
            int attempt = attempts.computeIfAbsent(message.payload(), any -> new AtomicInteger())
                    .incrementAndGet();
            assertThat(message.deliveryCount()).isEqualTo(attempt);
            if (message.payload().equals("k1:3") && attempt == 1
                    || message.payload().equals("k2:0")) {
                throw new IllegalStateException("not yet");
            }
            handled.add("x " + message.payload());
        };
        start(redis.jedis(), "a", handler);
        start(redis.jedis(), "b", handler);
        publish(numbered(5, 40));

        await().atMost(LIMIT).until(() -> handled.size() == 199 && pending() == 0);

        assertThat(attempts.get("k1:3")).hasValue(2);
        assertThat(attempts.get("k2:0")).hasValue(2);
        assertThat(attempts.values().stream().mapToInt(AtomicInteger::get).sum())
                .isEqualTo(202);
        assertThat(dead.count("s", "g")).isEqualTo(1);
        handled.add(0, "x k2:0");
        assertInOrder(handled, false);
    }

    @Test
    void stoppingGivesBackWhatWasNotBegunUnattempted() throws Exception {
        CountDownLatch begun = new CountDownLatch(2);
        CountDownLatch end = new CountDownLatch(1);
        List<String> first = Collections.synchronizedList(new ArrayList<>());
        StreamContainer stopping = start(redis.jedis(), "a", (message, ack) -> {
            begun.countDown();
            end.await();
            first.add("a " + message.payload());
        });
        publish(numbered(4, 10));
        assertThat(begun.await(60, TimeUnit.SECONDS)).isTrue();
        Recorder recorder = new Recorder();
        StreamContainer other = start(redis.jedis(), "b", recorder);
        Thread stop = new Thread(stopping::stop);
        stop.start();

        // The other leads now, and gets all but the two lanes in work.
        await().atMost(LIMIT).until(() -> recorder.messages().size() == 20);
        end.countDown();
        stop.join(60_000);
        await().atMost(LIMIT).until(() -> recorder.messages().size() == 38 && pending() == 0);

        assertThat(first).hasSize(2);
        assertThat(recorder.messages()).allMatch(message -> message.deliveryCount() == 1);
        List<String> all = new ArrayList<>(first);
        recorder.payloads().forEach(payload -> all.add("b " + payload));
        assertInOrder(all, false);
        assertThat(other.statistics().takenAway()).isZero();
    }

    @Test
    void aPausedContainerLetsAnotherLead() {
        Log log = new Log();
        StreamContainer first = start(redis.jedis(), "a", log.of("a"));
        await().atMost(LIMIT).until(() -> first.statistics().state() == ContainerState.RUNNING);
        first.pause();
        await().atMost(LIMIT).until(() -> first.statistics().state() == ContainerState.PAUSED);
        start(redis.jedis(), "b", log.of("b"));
        publish(numbered(3, 3));
        await().atMost(LIMIT).until(() -> log.lines().size() == 9);
        assertThat(log.lines()).allMatch(line -> line.startsWith("b"));
    }

    @Test
    void connectionsThatAreResetUnderLoadLoseNothingAndNoOrder() {
        try (RedisServer own = RedisServer.start()) {
            StreamPublisher there =
                    StreamPublisher.builder(own.jedis()).keyPrefix(prefix).build();
            Log log = new Log();
            List<StreamContainer> containers =
                    List.of(start(own.jedis(), "a", log.of("a")), start(own.lettuce(), "b", log.of("b")));
            for (int i = 0; i < 10; i++) {
                List<Publication> some = numbered(10, 20).stream()
                        .map(it -> it.withMessageKey(String.valueOf(it.payload())))
                        .toList();
                await().atMost(LIMIT).ignoreExceptions().until(() -> {
                    // With keys nothing is published twice.
                    return there.publishAll("s", some).size() == some.size();
                });
                own.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
            }
            await().atMost(LIMIT).until(() -> payloads(log.lines()).size() == 2_000);
            assertInOrder(log.lines(), true);
            containers.forEach(StreamContainer::stop);
        }
    }

    @Test
    void aGroupThatIsGoneIsMadeAgain() {
        Log log = new Log();
        start(redis.jedis(), "a", log.of("a"));
        start(redis.lettuce(), "b", log.of("b"));
        publish(numbered(5, 5));
        await().atMost(LIMIT).until(() -> log.lines().size() == 25 && pending() == 0);
        redis.keys(prefix).forEach(name -> redis.command("DEL", name));
        publish(numbered(5, 5));
        await().atMost(LIMIT).until(() -> log.lines().size() == 50 && pending() == 0);
        redis.command("XGROUP", "DESTROY", key, "g");
        publish(numbered(5, 5));
        await().atMost(LIMIT).until(() -> payloads(log.lines()).size() == 75 && pending() == 0);
        assertInOrder(log.lines(), true);
    }

    @Test
    void trimmedEntriesAreCountedAndHoldNobodyUp() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        List<String> handled = Collections.synchronizedList(new ArrayList<>());
        StreamContainer container = start(redis.jedis(), "a", (message, ack) -> {
            end.await();
            handled.add(message.payload());
        });
        publish(numbered(2, 200));
        await().atMost(LIMIT).until(() -> pending() == 400);
        redis.command("XTRIM", key, "MAXLEN", "0");
        publish(List.of("k0:new", "k1:new"));
        end.countDown();
        await().atMost(LIMIT).until(() -> handled.contains("k0:new") && handled.contains("k1:new"));
        await().atMost(LIMIT).until(() -> pending() == 0);
        assertThat(handled.size() + container.statistics().lost()).isEqualTo(402);
    }

    @Test
    void acknowledgedByHandTheNextOfTheKeyWaits() {
        Queue<Acknowledgement> acknowledgements = new ConcurrentLinkedQueue<>();
        start(StreamContainer.<String>builder(
                redis.jedis(),
                options("a").ackMode(AckMode.MANUAL).build(),
                String.class,
                (message, ack) -> acknowledgements.add(ack)));
        publish(numbered(2, 3));
        for (int i = 0; i < 3; i++) {
            await().atMost(LIMIT).until(() -> acknowledgements.size() == 2);
            acknowledgements.remove().acknowledge();
            acknowledgements.remove().acknowledge();
        }
        await().atMost(LIMIT).until(() -> pending() == 0);
        assertThat(acknowledgements).isEmpty();
    }

    @Test
    void whileItsCircuitIsOpenAConsumerTakesNothingAndAsksNothing() throws Exception {
        try (RedisServer own = RedisServer.start()) {
            AtomicBoolean open = new AtomicBoolean(true);
            HandlerCircuit circuit = new HandlerCircuit() {
                @Override
                public boolean permits() {
                    return !open.get();
                }

                @Override
                public void ended(long nanos, @Nullable Throwable failure) {
                    // The test decides.
                }
            };
            Recorder recorder = new Recorder();
            StreamContainer container = start(
                    StreamContainer.<String>builder(own.jedis(), options("a").build(), String.class, recorder)
                            .circuit(circuit));
            await().atMost(LIMIT).until(() -> container.statistics().state() == ContainerState.CIRCUIT_OPEN);
            StreamPublisher there =
                    StreamPublisher.builder(own.jedis()).keyPrefix(prefix).build();
            there.publishAll("s", numbered(3, 3));

            CommandCount count =
                    own.count(() -> await().during(Duration.ofSeconds(2)).until(() -> true));

            assertThat(count.of("evalsha")).isLessThan(10);
            assertThat(count.of("xreadgroup")).isZero();
            assertThat(recorder.messages()).isEmpty();
            open.set(false);
            await().atMost(LIMIT).until(() -> recorder.messages().size() == 9);
            container.stop();
        }
    }

    @Test
    void aBatchCostsACoupleOfRoundTripsAndNothingIsPolled() throws Exception {
        try (RedisServer own = RedisServer.start()) {
            StreamPublisher there =
                    StreamPublisher.builder(own.jedis()).keyPrefix(prefix).build();
            Recorder recorder = new Recorder();
            StreamContainer container = start(StreamContainer.<String>builder(
                    own.jedis(),
                    options("a").batchSize(100).minIdle(Duration.ofMinutes(1)).build(),
                    String.class,
                    recorder));
            there.publish("s", "first:0");
            await().atMost(LIMIT).until(() -> container.statistics().handled() == 1);
            container.pause();
            await().atMost(LIMIT).until(() -> container.statistics().state() == ContainerState.PAUSED);
            there.publishAll("s", numbered(500, 4));

            CommandCount count = own.count(() -> {
                container.resume();
                await().atMost(LIMIT).until(() -> container.statistics().handled() == 2_001);
            });

            // 20 batches: read, put and taken, and done.
            assertThat(count.of("evalsha")).isBetween(20L, 150L);
            assertThat(count.of("xack")).isLessThanOrEqualTo(2_000);
            await().atMost(LIMIT).until(() -> container.statistics().inFlight() == 0);
            CommandCount idle =
                    own.count(() -> await().during(Duration.ofSeconds(3)).until(() -> true));
            assertThat(idle.of("evalsha")).isBetween(2L, 12L);
            assertThat(idle.of("xread")).isBetween(2L, 12L);
            container.stop();
        }
    }

    private ContainerOptions.Builder options(String consumer) {
        return ContainerOptions.builder("s", "g").like(ConsumerProcess.options(consumer, MIN_IDLE));
    }

    private StreamContainer start(RedisConnectionFactory connections, String consumer, StreamHandler<String> handler) {
        return start(StreamContainer.builder(connections, options(consumer).build(), String.class, handler));
    }

    @Override
    StreamContainer start(StreamContainer.Builder builder) {
        return super.start(builder.orderBy(message -> ConsumerProcess.keyOf(String.valueOf(message.payload()))));
    }

    private JavaProcess process(String consumer) {
        return process(consumer, 300, "ordered");
    }

    /** So many rounds over so many keys; the messages of a key are numbered from 0. */
    private List<Publication> numbered(int keys, int rounds) {
        return IntStream.range(0, keys * rounds)
                .mapToObj(i -> "k" + i % keys)
                .map(name -> Publication.of(name + ":" + (published.merge(name, 1, Integer::sum) - 1)))
                .toList();
    }

    /** What is handled for the first time comes after all before it; what comes again, if it may, after the same. */
    private static void assertInOrder(List<String> log, boolean again) {
        Map<String, Integer> last = new HashMap<>();
        for (String line : log) {
            String payload = line.substring(line.indexOf(' ') + 1);
            String name = ConsumerProcess.keyOf(payload);
            int number = Integer.parseInt(payload.substring(payload.indexOf(':') + 1));
            int next = last.getOrDefault(name, -1) + 1;
            if (!again || number > next) {
                assertThat(number).as(payload).isEqualTo(next);
            }
            last.merge(name, number, Math::max);
        }
    }

    private static Set<String> payloads(List<String> log) {
        Set<String> payloads = new HashSet<>();
        log.forEach(line -> payloads.add(line.substring(line.indexOf(' ') + 1)));
        return payloads;
    }
}
