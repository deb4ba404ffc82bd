package io.redisstate.stream.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import io.redisstate.core.ConnectionGuard;
import io.redisstate.stream.AckMode;
import io.redisstate.stream.Acknowledgement;
import io.redisstate.stream.BatchItemFailedException;
import io.redisstate.stream.DeadLetter;
import io.redisstate.stream.DeadLetters;
import io.redisstate.stream.FailureAction;
import io.redisstate.stream.HandlerCircuit;
import io.redisstate.stream.Publication;
import io.redisstate.stream.RedisIdempotencyStore;
import io.redisstate.stream.RetryPolicy;
import io.redisstate.stream.StreamMessage;
import io.redisstate.stream.StreamPublisher;
import io.redisstate.test.CommandCount;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Queue;
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
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.connection.RedisStandaloneConfiguration;
import org.springframework.data.redis.connection.jedis.JedisClientConfiguration;
import org.springframework.data.redis.connection.jedis.JedisConnectionFactory;
import redis.clients.jedis.ConnectionPoolConfig;

@RedisTest
class StreamContainerIntegrationTests extends StreamTestCase {

    private static final RetryPolicy QUICK =
            RetryPolicy.DEFAULT.withMaxAttempts(3).withDelays(Duration.ofMillis(50), 1, Duration.ofMillis(50));

    @ParameterizedTest
    @MethodSource("topologies")
    void handlesRetriesAndBuriesOnEveryKindOfServer(Supplier<RedisConnectionFactory> factory) {
        RedisConnectionFactory connections = factory.get();
        StreamPublisher there =
                StreamPublisher.builder(connections).keyPrefix(prefix).build();
        Recorder recorder = new Recorder().failing("once", 1).failing("always", 100);
        there.publishAll("s", publications("a", "once", "always", "b"));

        StreamContainer container =
                start(StreamContainer.builder(connections, options().build(), String.class, recorder));

        await().atMost(LIMIT).untilAsserted(() -> {
            assertThat(container.statistics().handled()).isEqualTo(3);
            assertThat(container.statistics().deadLettered()).isEqualTo(1);
        });
        assertThat(recorder.count("once")).isEqualTo(2);
        assertThat(recorder.count("always")).isEqualTo(3);
        there.publish("s", "later");
        await().atMost(LIMIT).until(() -> recorder.count("later") == 1);
        DeadLetters letters = new DeadLetters(ConnectionGuard.of(connections), prefix);
        assertThat(letters.redriveAll("s", "g")).isEqualTo(1);
        await().atMost(LIMIT).until(() -> recorder.count("always") == 6 && letters.count("s", "g") == 1);
    }

    @Test
    void aMessageCarriesItsIdHeadersAndDeliveryCount() {
        Recorder recorder = new Recorder().failing("a", 1);
        String id = publisher
                .publish("s", Publication.of("a").withHeader("tenant", "x"))
                .id();

        start(StreamContainer.builder(redis.jedis(), options().build(), String.class, recorder));

        await().atMost(LIMIT).until(() -> recorder.messages().size() == 2);
        assertThat(recorder.messages()).allSatisfy(message -> {
            assertThat(message.id()).isEqualTo(id);
            assertThat(message.headers()).containsExactly(Map.entry("tenant", "x"));
            assertThat(message.stream()).isEqualTo("s");
        });
        assertThat(recorder.messages()).extracting(StreamMessage::deliveryCount).containsExactly(1L, 2L);
    }

    @Test
    void aDeadLetterSaysWhyAndCanBeRedrivenForItsGroupOnly() {
        Recorder recorder = new Recorder().failing("poison", 3);
        Recorder others = new Recorder();
        String id = publisher
                .publish("s", Publication.of("poison").withHeader("h", "v"))
                .id();
        start(StreamContainer.builder(redis.jedis(), options().build(), String.class, recorder));
        start(StreamContainer.builder(
                redis.jedis(), ContainerOptions.builder("s", "other").build(), String.class, others));

        await().atMost(LIMIT).until(() -> dead.count("s", "g") == 1);
        DeadLetter letter = dead.list("s", "g", 10).get(0);
        assertThat(letter.stream()).isEqualTo("s");
        assertThat(letter.group()).isEqualTo("g");
        assertThat(letter.originalId()).isEqualTo(id);
        assertThat(letter.attempts()).isEqualTo(3);
        assertThat(letter.exceptionClass()).isEqualTo(IllegalStateException.class.getName());
        assertThat(letter.exceptionMessage()).isEqualTo("can't do poison");
        assertThat(letter.stackTrace()).contains("Recorder.handle");
        assertThat(letter.payload()).hasValue("poison".getBytes(StandardCharsets.UTF_8));
        assertThat(letter.entry().text("h:h")).hasValue("v");

        assertThat(dead.redrive("s", "g", List.of(letter.id()))).hasSize(1);

        await().atMost(LIMIT).until(() -> recorder.count("poison") == 4);
        await().atMost(LIMIT).until(() -> pending("other") == 0 && pending("g") == 0);
        assertThat(others.count("poison")).isEqualTo(1);
        assertThat(dead.count("s", "g")).isZero();
    }

    @Test
    void whatIsFatalAndWhatTheErrorHandlerSaysIsNotTriedAgain() {
        Recorder recorder = new Recorder().failing("a", 9).failing("b", 9).failing("c", 9);
        publisher.publishAll("s", publications("a", "b", "c"));
        RetryPolicy fatal = QUICK.withFailures(List.of(), List.of(IllegalStateException.class));

        start(StreamContainer.builder(redis.jedis(), options().retry(fatal).build(), String.class, recorder)
                .errorHandler((stream, entry, count, failure) ->
                        entry.text("payload").orElse("").equals("a")
                                ? FailureAction.ACKNOWLEDGE
                                : FailureAction.BY_POLICY));

        await().atMost(LIMIT).until(() -> dead.count("s", "g") == 2 && pending("g") == 0);
        assertThat(recorder.payloads()).containsExactly("a", "b", "c");
    }

    @Test
    void readingAndAcknowledgingABatchCostsTwoRoundTrips() throws Exception {
        try (RedisServer own = RedisServer.start()) {
            StreamPublisher there =
                    StreamPublisher.builder(own.jedis()).keyPrefix(prefix).build();
            Recorder recorder = new Recorder();
            StreamContainer container = start(StreamContainer.builder(
                    own.jedis(),
                    options().batchSize(100).minIdle(Duration.ofMinutes(1)).build(),
                    String.class,
                    recorder));
            there.publish("s", "first");
            await().atMost(LIMIT).until(() -> container.statistics().handled() == 1);
            there.publishAll(
                    "s",
                    publications(
                            IntStream.range(0, 100).mapToObj(String::valueOf).toArray(String[]::new)));
            await().atMost(LIMIT).until(() -> container.statistics().handled() == 101);
            container.pause();
            await().atMost(LIMIT).until(() -> container.statistics().state() == ContainerState.PAUSED);
            there.publishAll(
                    "s",
                    publications(
                            IntStream.range(0, 1000).mapToObj(String::valueOf).toArray(String[]::new)));

            CommandCount count = own.count(() -> {
                container.resume();
                await().atMost(LIMIT).until(() -> container.statistics().handled() == 1101);
            });

            assertThat(count.of("xreadgroup")).isBetween(10L, 13L);
            assertThat(count.of("xack")).isEqualTo(10);
            container.stop();
        }
    }

    @Test
    void acknowledgedByHandAMessageStaysInWorkUntilThen() {
        Queue<Acknowledgement> acknowledgements = new ConcurrentLinkedQueue<>();
        publisher.publishAll("s", publications("a", "b", "c"));
        StreamContainer container = start(StreamContainer.<String>builder(
                redis.jedis(),
                options().ackMode(AckMode.MANUAL).build(),
                String.class,
                (message, acknowledgement) -> acknowledgements.add(acknowledgement)));
        await().atMost(LIMIT).until(() -> acknowledgements.size() == 3);
        assertThat(pending("g")).isEqualTo(3);
        assertThat(container.statistics().inFlight()).isEqualTo(3);

        acknowledgements.remove().acknowledge();
        acknowledgements.remove().retry(Duration.ZERO);
        acknowledgements.remove().fail(new IllegalArgumentException("no"));

        await().atMost(LIMIT).until(() -> acknowledgements.size() == 2);
        acknowledgements.forEach(Acknowledgement::acknowledge);
        await().atMost(LIMIT).until(() -> pending("g") == 0);
        assertThat(container.statistics().handled()).isEqualTo(3);
    }

    @Test
    void acknowledgedSinglyAndNotAtAll() {
        Recorder singly = new Recorder();
        Recorder never = new Recorder().failing("b", 1);
        publisher.publishAll("s", publications("a", "b", "c"));
        start(StreamContainer.builder(
                redis.jedis(), options().ackMode(AckMode.SINGLE).build(), String.class, singly));
        StreamContainer atMostOnce = start(StreamContainer.builder(
                redis.jedis(),
                ContainerOptions.builder("s", "none").ackMode(AckMode.NONE).build(),
                String.class,
                never));
        await().atMost(LIMIT).until(() -> singly.messages().size() == 3 && pending("g") == 0);
        await().atMost(LIMIT).until(() -> never.messages().size() == 3);
        assertThat(pending("none")).isZero();
        assertThat(atMostOnce.statistics().failed()).isEqualTo(1);
    }

    @Test
    void ofABatchOnlyTheFailedMessageIsTriedAgain() {
        List<List<String>> calls = Collections.synchronizedList(new ArrayList<>());
        AtomicBoolean failed = new AtomicBoolean();
        publisher.publishAll("s", publications("0", "1", "2", "3", "4", "5"));

        start(StreamContainer.<String>batchBuilder(redis.jedis(), options().build(), String.class, (messages, ack) -> {
            List<String> payloads =
                    messages.stream().map(StreamMessage::payload).toList();
            calls.add(payloads);
            if (payloads.contains("3") && failed.compareAndSet(false, true)) {
                throw new BatchItemFailedException(3, new IllegalStateException("no"));
            }
        }));

        await().atMost(LIMIT).until(() -> pending("g") == 0 && calls.size() == 3);
        assertThat(calls).containsExactly(List.of("0", "1", "2", "3", "4", "5"), List.of("4", "5"), List.of("3"));
    }

    @Test
    void whatCantBeConvertedGoesStraightToTheDeadLettersWithItsBytes() {
        byte[] bytes = {(byte) 0xff, 0, 1, '{'};
        publisher.publish("s", bytes);
        publisher.publish("s", Map.of("name", "x"));
        Queue<Map<String, String>> handled = new ConcurrentLinkedQueue<>();

        start(StreamContainer.<Map<String, String>>builder(
                redis.jedis(), options().build(), Map.class, (message, ack) -> handled.add(message.payload())));

        await().atMost(LIMIT).until(() -> handled.size() == 1 && pending("g") == 0);
        assertThat(dead.list("s", "g", 9)).hasSize(1).allSatisfy(letter -> {
            assertThat(letter.payload())
                    .hasValueSatisfying(payload -> assertThat(payload).isEqualTo(bytes));
            assertThat(letter.attempts()).isEqualTo(1);
            assertThat(letter.exceptionMessage()).contains("java.util.Map");
        });
    }

    @Test
    void anEntryOfAnotherProgramIsReadByItsFields() {
        redis.command("XADD", key, "*", "name", "x", "count", "3");
        Queue<Thing> handled = new ConcurrentLinkedQueue<>();
        start(StreamContainer.<Thing>builder(
                redis.jedis(), options().build(), Thing.class, (message, ack) -> handled.add(message.payload())));
        await().atMost(LIMIT).until(() -> handled.contains(new Thing("x", 3)));
    }

    record Thing(String name, int count) {}

    @Test
    void messagesOfOneKeyWaitForTheirFailingFirstOthersDoNot() {
        List<String> handled = Collections.synchronizedList(new ArrayList<>());
        Map<String, AtomicInteger> attempts = new ConcurrentHashMap<>();
        publisher.publishAll("s", publications("a1", "b1", "a2", "b2", "a3", "c1"));
        start(StreamContainer.<String>builder(
                        redis.jedis(), options().concurrency(4).build(), String.class, (message, ack) -> {
                            String payload = message.payload();
                            int attempt = attempts.computeIfAbsent(payload, key -> new AtomicInteger())
                                    .incrementAndGet();
                            if (payload.equals("a1") && attempt < 3) {
                                throw new IllegalStateException("not yet");
                            }
                            handled.add(payload);
                        })
                .orderBy(message -> String.valueOf(message.payload()).substring(0, 1)));

        await().atMost(LIMIT).until(() -> handled.size() == 6 && pending("g") == 0);
        assertThat(handled.stream().filter(it -> it.startsWith("a"))).containsExactly("a1", "a2", "a3");
        assertThat(handled.stream().filter(it -> it.startsWith("b"))).containsExactly("b1", "b2");
        assertThat(handled.indexOf("a1")).isGreaterThan(handled.indexOf("b2"));
    }

    @Test
    void aMessagePublishedTwiceIsHandledOnce() {
        Recorder recorder = new Recorder();
        publisher.publish("s", Publication.of("a").withMessageKey("k1"));
        redis.command("XADD", key, "*", "payload", "a", "rs:key", "k1");
        publisher.publish("s", "b");
        StreamContainer container = start(
                StreamContainer.builder(redis.jedis(), options().batchSize(1).build(), String.class, recorder)
                        .idempotency(new RedisIdempotencyStore(ConnectionGuard.of(redis.jedis()), prefix, LIMIT)));

        await().atMost(LIMIT).until(() -> recorder.count("b") == 1 && pending("g") == 0);
        assertThat(recorder.payloads()).containsExactly("a", "b");
        assertThat(container.statistics().skipped()).isEqualTo(1);
    }

    @Test
    void whileItsCircuitIsOpenNothingIsReadAndNoAttemptUsedUp() {
        AtomicBoolean open = new AtomicBoolean();
        Recorder recorder = new Recorder();
        HandlerCircuit circuit = new HandlerCircuit() {
            @Override
            public boolean permits() {
                return !open.get();
            }

            @Override
            public void ended(long nanos, @Nullable Throwable failure) {
                open.set(true);
            }
        };
        StreamContainer container =
                start(StreamContainer.builder(redis.jedis(), options().build(), String.class, recorder)
                        .circuit(circuit));
        publisher.publish("s", "a");
        await().atMost(LIMIT).until(() -> container.statistics().state() == ContainerState.CIRCUIT_OPEN);
        publisher.publish("s", "b");
        await().during(Duration.ofMillis(500))
                .atMost(LIMIT)
                .until(() -> recorder.messages().size() == 1);

        open.set(false);

        await().atMost(LIMIT).until(() -> recorder.count("b") == 1);
        assertThat(recorder.messages()).allMatch(message -> message.deliveryCount() == 1);
    }

    @Test
    void pausedItReadsNothing() {
        Recorder recorder = new Recorder();
        StreamContainer container =
                start(StreamContainer.builder(redis.jedis(), options().build(), String.class, recorder));
        container.pause();
        await().atMost(LIMIT).until(() -> container.statistics().state() == ContainerState.PAUSED);
        publisher.publish("s", "a");
        await().during(Duration.ofMillis(500)).atMost(LIMIT).until(() -> recorder.messages()
                .isEmpty());
        container.resume();
        await().atMost(LIMIT).until(() -> recorder.messages().size() == 1);
    }

    @Test
    void anErrorOutsideTheHandlerLeavesNothingStuck() {
        Queue<String> called = new ConcurrentLinkedQueue<>();
        publisher.publishAll("s", publications("a", "b"));
        start(StreamContainer.<String>builder(redis.jedis(), options().build(), String.class, (message, ack) -> {
                    called.add(message.payload());
                    throw new IllegalStateException() {
                        private static final long serialVersionUID = 1L;

                        @Override
                        public String getMessage() {
                            throw new LinkageError("no message");
                        }
                    };
                })
                .errorHandler((stream, entry, count, failure) -> {
                    throw new LinkageError("no error handler");
                }));
        await().atMost(LIMIT).until(() -> dead.count("s", "g") == 2 && pending("g") == 0);
        assertThat(called).hasSize(6);
        assertThat(dead.list("s", "g", 1).get(0).exceptionMessage()).contains("LinkageError");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aPoolOfOneConnectionIsEnough(boolean ordered) {
        ConnectionPoolConfig pool = new ConnectionPoolConfig();
        pool.setMaxTotal(1);
        pool.setMaxWait(Duration.ofMillis(500));
        JedisConnectionFactory one = new JedisConnectionFactory(
                new RedisStandaloneConfiguration(redis.host(), redis.port()),
                JedisClientConfiguration.builder().usePooling().poolConfig(pool).build());
        one.afterPropertiesSet();
        one.start();
        Recorder recorder = new Recorder();
        // The reader is held back for a second at a time.
        StreamContainer.Builder builder = StreamContainer.builder(
                one, options().minIdle(Duration.ofMinutes(1)).build(), String.class, recorder);
        StreamContainer container = start(ordered ? builder.orderBy(StreamMessage::payload) : builder);
        StreamPublisher there = StreamPublisher.builder(one).keyPrefix(prefix).build();
        long begun = System.nanoTime();
        for (int i = 0; i < 50; i++) {
            String payload = "p" + i;
            there.publish("s", payload);
            await().atMost(LIMIT)
                    .pollInterval(Duration.ofMillis(5))
                    .until(() -> recorder.messages().size() > Integer.parseInt(payload.substring(1)));
        }
        await().atMost(LIMIT).until(() -> container.statistics().handled() == 50);
        // Each would have to wait for its second if the reader held the only connection.
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(25));
        assertThat(container.statistics().outages()).isZero();
        container.stop();
        one.destroy();
    }

    @Test
    void aNewGroupBeginsWhereItIsTold() {
        Recorder latest = new Recorder();
        publisher.publish("s", "before");
        StreamContainer container = start(StreamContainer.builder(
                redis.jedis(), options().startFrom(ContainerOptions.LATEST).build(), String.class, latest));
        await().atMost(LIMIT).until(() -> container.statistics().state() == ContainerState.RUNNING);
        publisher.publish("s", "after");
        await().atMost(LIMIT).until(() -> latest.messages().size() == 1);
        assertThat(latest.payloads()).containsExactly("after");
    }

    @Test
    void stoppingEndsWhatWasBegunAndGivesBackTheRest() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        publisher.publishAll("s", publications("a", "b", "c", "d"));
        StreamContainer first = start(StreamContainer.<String>builder(
                redis.jedis(), options().consumer("first").build(), String.class, (message, ack) -> {
                    begun.countDown();
                    end.await();
                }));
        assertThat(begun.await(30, TimeUnit.SECONDS)).isTrue();
        Thread stop = new Thread(first::stop);
        stop.start();
        await().atMost(LIMIT).until(() -> first.statistics().state() == ContainerState.STOPPING);
        end.countDown();
        stop.join(30_000);

        assertThat(first.statistics().handled()).isEqualTo(1);
        Recorder rest = new Recorder();
        start(StreamContainer.builder(
                redis.jedis(), options().consumer("second").build(), String.class, rest));
        await().atMost(LIMIT).until(() -> pending("g") == 0 && rest.messages().size() == 3);
        assertThat(rest.payloads()).containsExactlyInAnyOrder("b", "c", "d");
        assertThat(rest.messages()).allMatch(message -> message.deliveryCount() == 1);
        await().atMost(LIMIT).until(() -> consumers().equals(List.of("second")));
    }

    @Test
    void twoLiveConsumersNeverShareANameAndDeadOnesAreRemoved() {
        StreamContainer one = start(StreamContainer.builder(
                redis.jedis(), options().consumer("host").build(), String.class, new Recorder()));
        await().atMost(LIMIT).until(() -> one.statistics().state() == ContainerState.RUNNING);
        StreamContainer two = start(StreamContainer.builder(
                redis.jedis(), options().consumer("host").build(), String.class, new Recorder()));
        await().atMost(LIMIT).until(() -> two.statistics().state() == ContainerState.RUNNING);
        assertThat(one.statistics().consumer()).isEqualTo("host");
        assertThat(two.statistics().consumer()).isEqualTo("host-2");
        redis.command("XGROUP", "CREATECONSUMER", key, "g", "gone");
        redis.command("HSET", key + ":group:g:consumers", "gone", "token 1");

        await().atMost(LIMIT).until(() -> !consumers().contains("gone"));
        one.stop();
        two.stop();
        assertThat(redis.command("HLEN", key + ":group:g:consumers")).isEqualTo(0L);
    }

    @Test
    void whatWasTrimmedBeforeItWasHandledIsCountedNotHandedOver() {
        Recorder recorder = new Recorder();
        publisher.publishAll("s", publications("a", "b"));
        redis.command("XGROUP", "CREATE", key, "g", "0");
        redis.command("XREADGROUP", "GROUP", "g", "foreign", "STREAMS", key, ">");
        redis.command("XTRIM", key, "MAXLEN", "=", "1");

        StreamContainer container =
                start(StreamContainer.builder(redis.jedis(), options().build(), String.class, recorder));

        await().atMost(LIMIT)
                .until(() -> recorder.count("b") == 1 && container.statistics().lost() == 1);
        assertThat(recorder.messages()).hasSize(1);
    }

    @Test
    void whatDoesNotGoTogetherIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> options().concurrency(0).build())
                .withMessageContaining("concurrency");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> StreamContainer.<String>batchBuilder(
                                redis.jedis(), options().build(), String.class, (messages, ack) -> {})
                        .orderBy(message -> 1)
                        .build())
                .withMessageContaining("order");
    }

    private ContainerOptions.Builder options() {
        return ContainerOptions.builder("s", "g")
                .minIdle(Duration.ofMillis(900))
                .retry(QUICK);
    }

    private List<String> consumers() {
        Object reply = redis.command("XINFO", "CONSUMERS", key, "g");
        return reply instanceof List<?> list
                ? list.stream()
                        .map(facts -> String.valueOf(((List<?>) facts).get(1)))
                        .toList()
                : List.of();
    }
}
