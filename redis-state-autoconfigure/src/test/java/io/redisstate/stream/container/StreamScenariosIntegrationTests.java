package io.redisstate.stream.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.redisstate.stream.Publication;
import io.redisstate.stream.StreamMessage;
import io.redisstate.stream.StreamPublisher;
import io.redisstate.stream.Trimming;
import io.redisstate.test.CommandCount;
import io.redisstate.test.JavaProcess;
import io.redisstate.test.RedisSentinels;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.data.redis.connection.RedisConnectionFactory;

/** What holds whatever happens to processes and servers. */
@RedisTest
@ExtendWith(OutputCaptureExtension.class)
class StreamScenariosIntegrationTests extends StreamTestCase {

    @Test
    void aConsumerKilledInTheMiddleOfTenThousandMessagesLosesNone() throws Exception {
        JavaProcess victim = process("victim", 300, "unordered");
        JavaProcess other = process("other", 300, "unordered");
        victim.awaitLine("started", LIMIT);
        other.awaitLine("started", LIMIT);
        publish(IntStream.range(0, 10_000).mapToObj(String::valueOf).toList());
        await().atMost(LIMIT)
                .until(() ->
                        log().stream().filter(line -> line.startsWith("victim")).count() > 500);

        victim.kill();
        long killed = System.nanoTime();
        Set<String> inFlight = new HashSet<>(pendingPayloads("victim"));

        await().atMost(LIMIT).pollInterval(Duration.ofMillis(50)).until(() -> pendingIds("victim")
                .isEmpty());
        assertThat(Duration.ofNanos(System.nanoTime() - killed)).isLessThan(Duration.ofMillis(MIN_IDLE + 1_000));
        await().atMost(LIMIT).until(() -> pending() == 0 && lag() == 0);
        List<String> handled = log().stream()
                .map(line -> line.substring(line.indexOf(' ') + 1))
                .toList();
        assertThat(new HashSet<>(handled)).hasSize(10_000);
        Set<String> once = new HashSet<>();
        Set<String> twice = new HashSet<>();
        handled.forEach(payload -> {
            if (!once.add(payload)) {
                twice.add(payload);
            }
        });
        assertThat(inFlight).containsAll(twice);
    }

    @Test
    void aHandlerSlowerThanTheIdleTimeKeepsItsMessage() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        Recorder others = new Recorder();
        Map<StreamContainer, Supplier<StreamContainer.Builder>> slow = new LinkedHashMap<>();
        for (RedisConnectionFactory connections : List.of(redis.jedis(), redis.lettuce())) {
            for (boolean ordered : List.of(false, true)) {
                String group = "g" + slow.size();
                StreamContainer container = start(inGroup(connections, group, "slow", ordered, (message, ack) -> {
                    end.await();
                }));
                slow.put(container, () -> inGroup(connections, group, "other", ordered, others));
            }
        }
        publish(List.of("a:0"));
        await().atMost(LIMIT).until(() -> slow.keySet().stream()
                .allMatch(it -> it.statistics().inFlight() == 1));
        slow.values().forEach(other -> start(other.get()));
        await().during(Duration.ofMillis(2 * MIN_IDLE)).atMost(LIMIT).until(() -> others.messages()
                .isEmpty());
        end.countDown();
        await().atMost(LIMIT).until(() -> slow.keySet().stream()
                .allMatch(it -> it.statistics().handled() == 1));
        assertThat(others.messages()).isEmpty();
        assertThat(slow.keySet()).allSatisfy(it -> {
            assertThat(it.statistics().takenAway()).isZero();
            // Nor was a read without a message taken for a failure.
            assertThat(it.statistics().outages()).isZero();
        });
    }

    private static StreamContainer.Builder inGroup(
            RedisConnectionFactory connections,
            String group,
            String consumer,
            boolean ordered,
            StreamHandler<String> handler) {
        ContainerOptions options = ContainerOptions.builder("s", group)
                .like(ConsumerProcess.options(consumer, MIN_IDLE))
                .build();
        StreamContainer.Builder builder = StreamContainer.builder(connections, options, String.class, handler);
        return ordered ? builder.orderBy(message -> ConsumerProcess.keyOf(String.valueOf(message.payload()))) : builder;
    }

    @Test
    void aRestartedServerWithoutItsDataIsGoneOnWithByItself(CapturedOutput output) throws Exception {
        try (RedisServer own = RedisServer.start()) {
            StreamPublisher there =
                    StreamPublisher.builder(own.jedis()).keyPrefix(prefix).build();
            Recorder recorder = new Recorder();
            StreamContainer container = container(own.jedis(), "c", recorder);
            there.publish("s", "a");
            await().atMost(LIMIT).until(() -> container.statistics().handled() == 1);

            own.kill();
            await().atMost(LIMIT).until(() -> container.statistics().state() == ContainerState.DISCONNECTED);
            long cpu = readersCpuNanos();
            await().during(Duration.ofSeconds(3)).atMost(LIMIT).until(() -> container.isAlive());
            assertThat(Duration.ofNanos(readersCpuNanos() - cpu)).isLessThan(Duration.ofMillis(500));
            own.restart();
            await().atMost(LIMIT)
                    .ignoreExceptions()
                    .untilAsserted(() -> there.publish("s", Publication.of("b").withMessageKey("b")));

            await().atMost(LIMIT).until(() -> recorder.count("b") == 1);
            assertThat(container.statistics().outages()).isEqualTo(1);
            assertThat(count(output.getAll(), "can't read stream")).isEqualTo(1);
            await().atMost(LIMIT).until(() -> container.statistics().inFlight() == 0);
            CommandCount idle =
                    own.count(() -> await().during(Duration.ofSeconds(3)).until(() -> true));
            // At each third of the idle time a sign of life, of ten commands or so, and one read.
            assertThat(idle.of("evalsha")).isBetween(2L, 10L);
            assertThat(idle.of("xreadgroup")).isBetween(2L, 10L);
            container.stop();
        }
    }

    @Test
    void aGroupOrStreamThatIsGoneIsMadeAgainAndBeginsWithTheFirstMessage() {
        Recorder recorder = new Recorder();
        StreamContainer container = container(redis.jedis(), "c", recorder);
        StreamContainer lettuce = container(redis.lettuce(), "l", recorder);
        publish(List.of("a"));
        await().atMost(LIMIT).until(() -> recorder.count("a") == 1 && pending() == 0);

        redis.command("DEL", key);
        publish(List.of("b"));
        await().atMost(LIMIT).until(() -> recorder.count("b") == 1 && pending() == 0);

        redis.command("XGROUP", "DESTROY", key, "g");
        publish(List.of("c"));
        await().atMost(LIMIT).until(() -> recorder.count("c") == 1 && pending() == 0);

        redis.keys(prefix).forEach(name -> redis.command("DEL", name));
        publish(List.of("d"));
        await().atMost(LIMIT).until(() -> recorder.count("d") == 1 && pending() == 0);
        assertThat(container.statistics().outages() + lettuce.statistics().outages())
                .isZero();
    }

    @Test
    void connectionsThatAreResetAreReplaced() throws Exception {
        try (RedisServer own = RedisServer.start()) {
            StreamPublisher there =
                    StreamPublisher.builder(own.jedis()).keyPrefix(prefix).build();
            for (RedisConnectionFactory connections : List.of(own.jedis(), own.lettuce())) {
                Recorder recorder = new Recorder();
                StreamContainer container = container(connections, "c", recorder);
                there.publish("s", "a");
                await().atMost(LIMIT).until(() -> recorder.count("a") >= 1);
                for (int i = 0; i < 3; i++) {
                    own.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
                    String payload = connections.getClass().getSimpleName() + i;
                    await().atMost(LIMIT)
                            .ignoreExceptions()
                            .untilAsserted(() ->
                                    there.publish("s", Publication.of(payload).withMessageKey(payload)));
                    await().atMost(LIMIT).until(() -> recorder.count(payload) == 1);
                }
                container.stop();
            }
        }
    }

    @Test
    void aFailOverIsGoneOnWithByItself(CapturedOutput output) throws Exception {
        try (RedisSentinels sentinels = RedisSentinels.start()) {
            List<Recorder> recorders = new ArrayList<>();
            for (RedisConnectionFactory connections :
                    List.of(sentinels.jedis(), sentinels.lettuce(), sentinels.jedis())) {
                Recorder recorder = new Recorder();
                recorders.add(recorder);
                StreamContainer.Builder builder = StreamContainer.builder(
                                connections,
                                ContainerOptions.builder("s", "g" + recorders.size())
                                        .minIdle(Duration.ofMillis(MIN_IDLE))
                                        .build(),
                                String.class,
                                recorder)
                        .keyPrefix(prefix);
                if (recorders.size() == 3) {
                    builder.orderBy(StreamMessage::payload);
                }
                StreamContainer container = builder.build();
                opened.add(container);
                container.start();
            }
            StreamPublisher there =
                    StreamPublisher.builder(sentinels.jedis()).keyPrefix(prefix).build();
            there.publish("s", "a");
            await().atMost(LIMIT).until(() -> recorders.stream().allMatch(it -> it.count("a") == 1));

            long cpu = readersCpuNanos();
            long begun = System.nanoTime();
            sentinels.failOver();

            await().atMost(LIMIT)
                    .ignoreExceptions()
                    .untilAsserted(() -> there.publish("s", Publication.of("b").withMessageKey("b")));
            await().atMost(LIMIT).until(() -> recorders.stream().allMatch(it -> it.count("b") >= 1));
            // Neither tries without pausing, while nobody is the primary.
            double seconds = (System.nanoTime() - begun) / 1e9;
            assertThat(Duration.ofNanos(readersCpuNanos() - cpu).toMillis())
                    .isLessThan(1_000 + Math.round(seconds * 100));
            await().atMost(LIMIT).until(() -> opened.stream()
                    .allMatch(one -> ((StreamContainer) one).statistics().state() == ContainerState.RUNNING));
            for (AutoCloseable one : opened) {
                ContainerStatistics statistics = ((StreamContainer) one).statistics();
                assertThat(count(output.getAll(), "'" + ((StreamContainer) one).id() + "' can't read stream"))
                        .isEqualTo((int) statistics.outages())
                        .isLessThanOrEqualTo(3);
            }
            CommandCount idle = sentinels.primary().count(() -> await().during(Duration.ofSeconds(3))
                    .until(() -> true));
            assertThat(idle.of("evalsha")).isBetween(6L, 30L);
            assertThat(idle.of("xreadgroup")).isBetween(4L, 20L);
            opened.forEach(one -> ((StreamContainer) one).stop());
        }
    }

    @Test
    void aPoisonMessageIsDeliveredSoOftenThenBuriedAndDelaysNobody() {
        Recorder recorder = new Recorder().failing("poison", 2);
        List<String> payloads = new ArrayList<>(
                IntStream.range(0, 500).mapToObj(String::valueOf).toList());
        payloads.add(0, "poison");
        publish(payloads);
        container(redis.jedis(), "c", recorder);
        await().atMost(LIMIT).until(() -> dead.count("s", "g") == 1 && pending() == 0);
        assertThat(recorder.messages()).hasSize(502);
        assertThat(recorder.count("poison")).isEqualTo(2);
        // What came with it did not wait for it.
        assertThat(recorder.payloads().subList(0, 25)).containsOnlyOnce("poison");

        dead.redriveAll("s", "g");
        await().atMost(LIMIT).until(() -> recorder.count("poison") == 3 && pending() == 0);
        assertThat(dead.count("s", "g")).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"unordered", "ordered"})
    void aMessageThatKillsItsProcessEachTimeIsBuriedByItsDeliveriesAndAlone(String order) throws Exception {
        List<String> neighbours = List.of("a", "b", "c", "d", "e", "f", "g", "h", "i", "j");
        List<String> payloads = new ArrayList<>(neighbours);
        payloads.add(0, "die");
        publish(payloads);
        for (int i = 0; i < 2; i++) {
            assertThat(process("victim", 0, order).waitFor(LIMIT)).isEqualTo(9);
        }
        Recorder recorder = new Recorder();
        StreamContainer.Builder survivor = StreamContainer.<String>builder(
                redis.jedis(), ConsumerProcess.options("survivor", MIN_IDLE), String.class, recorder);
        if (order.equals("ordered")) {
            survivor.orderBy(StreamMessage::payload);
        }
        StreamContainer container = start(survivor);
        await().atMost(LIMIT).until(() -> container.statistics().deadLettered() == 1 && pending() == 0);
        // What it did not have time for has no part in its end.
        Set<String> handled = new HashSet<>(recorder.payloads());
        log().forEach(line -> handled.add(line.substring(line.indexOf(' ') + 1)));
        assertThat(handled).containsExactlyInAnyOrderElementsOf(neighbours);
        assertThat(dead.list("s", "g", 1).get(0).exceptionMessage()).contains("2 times");
    }

    @Test
    void aProcessThatWasPausedCantSettleWhatOthersHaveTakenOver() throws Exception {
        JavaProcess zombie = process("zombie", 0, "unordered");
        zombie.awaitLine("started", LIMIT);
        publish(List.of("hold"));
        zombie.awaitLine("holding", LIMIT);
        zombie.pause();
        CountDownLatch end = new CountDownLatch(1);
        StreamContainer other = container(redis.jedis(), "other", (message, ack) -> end.await());
        await().atMost(LIMIT).until(() -> other.statistics().inFlight() == 1);

        zombie.resume();
        zombie.send("go");
        await().atMost(LIMIT).until(() -> log().contains("zombie hold"));
        await().atMost(LIMIT).until(() -> {
            zombie.send("?");
            return zombie.lines().stream().anyMatch(line -> line.contains("takenAway=1"));
        });
        assertThat(pendingIds("other")).hasSize(1);
        end.countDown();
        await().atMost(LIMIT).until(() -> pending() == 0);
    }

    @Test
    void stoppingGivesHandlersTheirTimeAndNoMore() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch interrupted = new CountDownLatch(1);
        StreamContainer stuck = StreamContainer.<String>builder(
                        redis.jedis(),
                        ContainerOptions.builder("s", "g")
                                .consumer("stuck")
                                .minIdle(Duration.ofMillis(MIN_IDLE))
                                .shutdownTimeout(Duration.ofMillis(300))
                                .build(),
                        String.class,
                        (message, ack) -> {
                            begun.countDown();
                            try {
                                new CountDownLatch(1).await();
                            } finally {
                                interrupted.countDown();
                            }
                        })
                .keyPrefix(prefix)
                .build();
        publish(List.of("a", "b"));
        stuck.start();
        assertThat(begun.await(60, TimeUnit.SECONDS)).isTrue();

        stuck.stop();

        assertThat(interrupted.await(60, TimeUnit.SECONDS)).isTrue();
        Recorder other = new Recorder();
        container(redis.jedis(), "other", other);
        await().atMost(LIMIT).until(() -> other.messages().size() == 2 && pending() == 0);
        assertThat(other.messages()).allSatisfy(message -> assertThat(message.deliveryCount())
                .isEqualTo(message.payload().equals("a") ? 2 : 1));
    }

    @Test
    void withSafeTrimmingTheSlowGroupLosesNothing() {
        StreamPublisher trimming = StreamPublisher.builder(redis.jedis())
                .keyPrefix(prefix)
                .trimming(Trimming.maxLength(100))
                .build();
        Recorder quick = new Recorder();
        Recorder slow = new Recorder();
        container(redis.jedis(), "c", quick);
        StreamContainer late = StreamContainer.builder(
                        redis.jedis(),
                        ContainerOptions.builder("s", "slow")
                                .minIdle(Duration.ofMillis(MIN_IDLE))
                                .build(),
                        String.class,
                        slow)
                .keyPrefix(prefix)
                .build();
        opened.add(late);
        late.pause();
        late.start();
        await().atMost(LIMIT).until(() -> late.statistics().state() == ContainerState.PAUSED);
        for (int i = 0; i < 40; i++) {
            int from = 50 * i;
            trimming.publishAll(
                    "s",
                    IntStream.range(from, from + 50)
                            .mapToObj(n -> Publication.of("m" + n))
                            .toList());
        }
        await().atMost(LIMIT).until(() -> quick.messages().size() == 2_000);
        assertThat(redis.command("XLEN", key)).isEqualTo(2_000L);

        late.resume();

        await().atMost(LIMIT).until(() -> slow.messages().size() == 2_000);
        assertThat(new HashSet<>(slow.payloads())).hasSize(2_000);
        await().atMost(LIMIT).until(() -> {
            trimming.publish("s", "more");
            Object length = redis.command("XLEN", key);
            return length instanceof Long entries && entries <= 110;
        });
        assertThat(late.statistics().lost()).isZero();
    }

    @Test
    void memoryStaysFlatWithAMillionMessagesAndASlowHandler() throws Exception {
        try (RedisServer own = RedisServer.start()) {
            String script = "for i = 1, 10000 do redis.call('XADD', KEYS[1], '*', 'payload', "
                    + "string.rep('x', 100)) end return 1";
            for (int i = 0; i < 100; i++) {
                own.command("EVAL", script, "1", key);
            }
            JavaProcess consumer = JavaProcess.start(
                    List.of("-Xmx40m"), ConsumerProcess.class, own.url(), prefix, "c", "1500", "1000", "unordered");
            opened.add(consumer);
            consumer.awaitLine("started", LIMIT);
            List<Long> usedKilobytes = new ArrayList<>();
            for (int i = 1; i <= 10; i++) {
                int handled = i * 1_000;
                await().atMost(LIMIT)
                        .until(() -> own.command("LLEN", prefix + ":log") instanceof Long n && n >= handled);
                consumer.send("memory " + i);
                String[] memory = consumer.awaitLine("memory " + i + " ", LIMIT).split(" ", -1);
                usedKilobytes.add(Long.valueOf(memory[2]));
                assertThat(Integer.parseInt(memory[3])).isBetween(1, 75);
            }
            // The first ones may still load classes. A hundred bytes kept of each message would show.
            List<Long> settled = usedKilobytes.subList(3, 10);
            assertThat(Collections.max(settled) - Collections.min(settled))
                    .as("kilobytes in use at each thousandth message: %s", usedKilobytes)
                    .isLessThan(600);
            consumer.kill();
        }
    }

    private StreamContainer container(
            RedisConnectionFactory connections, String consumer, StreamHandler<String> handler) {
        return start(StreamContainer.builder(
                connections, ConsumerProcess.options(consumer, MIN_IDLE), String.class, handler));
    }

    private static long readersCpuNanos() {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        return Arrays.stream(threads.dumpAllThreads(false, false))
                .filter(thread -> thread.getThreadName().startsWith("redis-state-stream-"))
                .mapToLong(thread -> threads.getThreadCpuTime(thread.getThreadId()))
                .sum();
    }

    private static int count(String text, String part) {
        return text.split(java.util.regex.Pattern.quote(part), -1).length - 1;
    }
}
