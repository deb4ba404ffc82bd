package io.redisstate.autoconfigure.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.redisstate.autoconfigure.RedisStateAutoConfiguration;
import io.redisstate.core.method.InvalidAnnotationException;
import io.redisstate.observe.StreamMeters;
import io.redisstate.stream.Acknowledgement;
import io.redisstate.stream.DeadLetters;
import io.redisstate.stream.FailureAction;
import io.redisstate.stream.IdempotencyStore;
import io.redisstate.stream.Publication;
import io.redisstate.stream.RedisIdempotencyStore;
import io.redisstate.stream.StreamErrorHandler;
import io.redisstate.stream.StreamMessage;
import io.redisstate.stream.StreamPublisher;
import io.redisstate.stream.container.ContainerOptions;
import io.redisstate.stream.container.ContainerState;
import io.redisstate.stream.container.StreamContainer;
import io.redisstate.stream.container.StreamContainerFactory;
import io.redisstate.stream.event.EventStreams;
import io.redisstate.stream.listener.RedisStreamListener;
import io.redisstate.stream.listener.StreamHeaders;
import io.redisstate.stream.listener.StreamListenerMethods;
import io.redisstate.stream.listener.StreamListenerRegistry;
import io.redisstate.stream.listener.StreamRetry;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.ContextConsumer;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.messaging.handler.annotation.Header;
import org.springframework.messaging.handler.annotation.Headers;

@RedisTest
class StreamAutoConfigurationTests {

    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final Seen seen = new Seen();
    private ApplicationContextRunner runner = new ApplicationContextRunner();
    private RedisServer redis = RedisServer.shared();
    private String prefix = "";

    record Order(String id, String customer) {}

    /** What the listeners were given. */
    static class Seen extends ConcurrentLinkedQueue<Object> {
        private static final long serialVersionUID = 1L;
    }

    @BeforeEach
    void runner(RedisServer server) {
        redis = server;
        prefix = server.uniquePrefix();
        runner = new ApplicationContextRunner()
                .withConfiguration(
                        AutoConfigurations.of(RedisStateAutoConfiguration.class, StreamAutoConfiguration.class))
                .withPropertyValues(
                        "redis-state.key-prefix=" + prefix,
                        "spring.application.name=shop",
                        "redis-state.stream.listener.min-idle=900ms",
                        "redis-state.stream.listener.retry.delay=20ms",
                        "redis-state.stream.listener.retry.max-attempts=2")
                .withBean("redisConnectionFactory", RedisConnectionFactory.class, server::newJedis)
                .withBean(Seen.class, () -> seen);
    }

    private void run(ApplicationContextRunner configured, ContextConsumer<AssertableApplicationContext> test) {
        configured.run(context -> {
            assertThat(context).hasNotFailed();
            test.accept(context);
        });
        redis.keys(prefix).forEach(key -> redis.command("DEL", key));
    }

    @Test
    void offersWhatOneNeedsAndSendsNothingUnasked() throws Exception {
        assertThat(redis.count(() -> run(runner, context -> assertThat(context)
                        .hasSingleBean(StreamPublisher.class)
                        .hasSingleBean(StreamContainerFactory.class)
                        .hasSingleBean(StreamListenerRegistry.class)
                        .hasSingleBean(StreamListenerMethods.class)
                        .hasSingleBean(DeadLetters.class)
                        .hasSingleBean(IdempotencyStore.class)
                        .hasSingleBean(EventStreams.class)
                        .hasSingleBean(StreamMeters.class))))
                .satisfies(count -> assertThat(count.of("evalsha")).isZero());
    }

    @Test
    void isOffIfSwitchedOffAndBacksOffFromBeansOfTheApplication() {
        runner.withPropertyValues("redis-state.stream.enabled=false")
                .run(context -> assertThat(context).doesNotHaveBean(StreamPublisher.class));
        runner.withBean(IdempotencyStore.class, NoStore::new)
                .withBean(StreamListenerRegistry.class, StreamListenerRegistry::new)
                .run(context -> assertThat(context)
                        .hasSingleBean(StreamListenerRegistry.class)
                        .doesNotHaveBean(RedisIdempotencyStore.class));
        runner.withClassLoader(new FilteredClassLoader(Header.class, MeterRegistry.class))
                .run(context -> assertThat(context)
                        .hasSingleBean(StreamPublisher.class)
                        .doesNotHaveBean(StreamListenerMethods.class)
                        .doesNotHaveBean(StreamMeters.class));
    }

    static class NoStore implements IdempotencyStore {
        @Override
        public Set<String> handledOf(String stream, String group, Collection<String> messageKeys) {
            return Set.of();
        }

        @Override
        public void markHandled(String stream, String group, Collection<String> messageKeys) {}
    }

    static class Everything {

        private final Seen seen;

        Everything(Seen seen) {
            this.seen = seen;
        }

        @RedisStreamListener(stream = "orders", group = "payload", id = "payload")
        public void payload(Order order) {
            seen.add(order);
        }

        @RedisStreamListener(stream = "${orders.stream:orders}", group = "#{'mess' + 'age'}")
        void message(
                StreamMessage<Order> message,
                @Headers Map<String, Object> headers,
                @Header("tenant") String tenant,
                @Header(name = "missing", required = false) Optional<String> missing,
                @Header(StreamHeaders.ID) String id,
                @Header(StreamHeaders.DELIVERY_COUNT) int count,
                @Header(StreamHeaders.TIMESTAMP) Instant time) {
            seen.add("message " + message.payload().id() + " " + tenant + " " + missing.isPresent() + " " + count + " "
                    + id.equals(message.id()) + " " + time.equals(message.timestamp()) + " "
                    + headers.containsKey("tenant"));
        }

        @RedisStreamListener(stream = "orders", ackMode = "manual", group = "batch", batchSize = "10")
        protected CompletableFuture<Void> batch(List<Order> orders, Acknowledgement acknowledgement) {
            return CompletableFuture.runAsync(() -> {
                seen.add(orders.stream().map(Order::id).toList());
                acknowledgement.acknowledge();
            });
        }

        @RedisStreamListener(stream = "orders", group = "messages")
        public void messages(List<StreamMessage<Order>> messages) {
            seen.add("messages " + messages.size());
        }

        @RedisStreamListener(stream = "orders", autoStartup = "false", orderBy = "payload.customer", concurrency = "3")
        public void later(Order order) {
            seen.add("later " + order.id());
        }
    }

    @Test
    void listenersTakeWhatTheirParametersSay() {
        run(runner.withBean(Everything.class, () -> new Everything(seen)), context -> {
            StreamPublisher publisher = context.getBean(StreamPublisher.class);
            publisher.publish("orders", Publication.of(new Order("1", "ann")).withHeader("tenant", "x"));
            await().atMost(LIMIT).untilAsserted(() -> assertThat(seen)
                    .containsExactlyInAnyOrder(
                            new Order("1", "ann"), "message 1 x false 1 true true true", List.of("1"), "messages 1"));
            StreamListenerRegistry registry = context.getBean(StreamListenerRegistry.class);
            assertThat(registry.containers()).hasSize(5);
            StreamContainer later = registry.container("Everything.later");
            assertThat(later.isRunning()).isFalse();
            assertThat(later.options().group()).isEqualTo("shop");
            later.start();
            await().atMost(LIMIT).until(() -> seen.contains("later 1"));
            StreamContainer payload = registry.container("payload");
            payload.pause();
            await().atMost(LIMIT).until(() -> payload.statistics().state() == ContainerState.PAUSED);
            payload.resume();
            assertThat(payload.isAlive()).isTrue();
            registry.unregister("payload");
            assertThat(payload.statistics().state()).isEqualTo(ContainerState.STOPPED);
        });
    }

    static class InOrder {

        private final Map<String, List<Integer>> handled = new ConcurrentHashMap<>();
        private final Set<String> inWork = ConcurrentHashMap.newKeySet();
        private final CountDownLatch four = new CountDownLatch(4);
        private final AtomicInteger overlaps = new AtomicInteger();

        @RedisStreamListener(stream = "orders", orderBy = "payload.customer", concurrency = "4")
        public void handle(Order order) throws InterruptedException {
            if (!inWork.add(order.customer())) {
                overlaps.incrementAndGet();
            }
            // Four customers at a time, or it does not go on.
            four.countDown();
            assertThat(four.await(30, TimeUnit.SECONDS)).isTrue();
            LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(
                    200L * Math.floorMod(order.id().hashCode(), 5)));
            handled.computeIfAbsent(order.customer(), any -> Collections.synchronizedList(new ArrayList<>()))
                    .add(Integer.valueOf(order.id()));
            inWork.remove(order.customer());
        }
    }

    @Test
    void theOrderOfTheAnnotationHoldsWithConcurrentHandlers() {
        InOrder listener = new InOrder();
        run(runner.withBean(InOrder.class, () -> listener), context -> {
            context.getBean(StreamPublisher.class)
                    .publishAll(
                            "orders",
                            IntStream.range(0, 400)
                                    .mapToObj(i -> Publication.of(new Order(String.valueOf(i), "c" + i % 8)))
                                    .toList());
            await().atMost(LIMIT)
                    .until(() -> listener.handled.values().stream()
                                    .mapToInt(List::size)
                                    .sum()
                            == 400);
            assertThat(listener.overlaps).hasValue(0);
            assertThat(listener.handled)
                    .hasSize(8)
                    .allSatisfy((customer, ids) -> assertThat(ids).hasSize(50).isSorted());
        });
    }

    static class Failing {

        private final Seen seen;

        Failing(Seen seen) {
            this.seen = seen;
        }

        @RedisStreamListener(
                id = "failing",
                stream = "orders",
                retry =
                        @StreamRetry(
                                attempts = "${attempts}",
                                delay = "10ms",
                                noRetryFor = IllegalArgumentException.class),
                errorHandler = "errors",
                idempotencyStore = "redisStreamIdempotencyStore",
                circuitBreaker = "orders",
                minIdle = "800ms",
                shutdownTimeout = "5s",
                block = "500ms",
                startFrom = "earliest",
                consumer = "me",
                maxInFlight = "100",
                maxWaiting = "5000")
        public void handle(Order order) {
            seen.add(order.id());
            throw order.id().equals("fatal") ? new IllegalArgumentException("no") : new IllegalStateException("no");
        }
    }

    @Test
    void whatTheAnnotationSaysHolds() {
        CircuitBreaker breaker = CircuitBreaker.ofDefaults("orders");
        run(
                runner.withBean(Failing.class, () -> new Failing(seen))
                        .withPropertyValues("attempts=3")
                        .withBean("orders", CircuitBreaker.class, () -> breaker)
                        .withBean("errors", StreamErrorHandler.class, () -> (stream, entry, count, failure) -> {
                            seen.add("told " + count);
                            return FailureAction.BY_POLICY;
                        }),
                context -> {
                    StreamPublisher publisher = context.getBean(StreamPublisher.class);
                    publisher.publish("orders", new Order("fatal", ""));
                    DeadLetters dead = context.getBean(DeadLetters.class);
                    await().atMost(LIMIT).until(() -> dead.count("orders", "shop") == 1);
                    publisher.publish("orders", new Order("again", ""));
                    await().atMost(LIMIT).until(() -> dead.count("orders", "shop") == 2);
                    assertThat(seen)
                            .containsExactly(
                                    "fatal", "told 1", "again", "told 1", "again", "told 2", "again", "told 3");
                    ContainerOptions options = context.getBean(StreamListenerRegistry.class)
                            .container("failing")
                            .options();
                    assertThat(options.minIdle()).isEqualTo(Duration.ofMillis(800));
                    assertThat(options.block()).isEqualTo(Duration.ofMillis(500));
                    assertThat(options.consumer()).isEqualTo("me");
                    assertThat(options.maxInFlight()).isEqualTo(100);
                    assertThat(options.maxWaiting()).isEqualTo(5_000);
                    assertThat(options.retry().multiplier()).isEqualTo(2);
                    assertThat(breaker.getMetrics().getNumberOfFailedCalls()).isEqualTo(4);
                    breaker.transitionToOpenState();
                    await().atMost(LIMIT)
                            .until(() -> context.getBean(StreamListenerRegistry.class)
                                            .container("failing")
                                            .statistics()
                                            .state()
                                    == ContainerState.CIRCUIT_OPEN);
                });
    }

    @Test
    void metersTellOfEachListener() {
        run(
                runner.withBean(Everything.class, () -> new Everything(seen))
                        .withBean(MeterRegistry.class, SimpleMeterRegistry::new),
                context -> {
                    MeterRegistry meters = context.getBean(MeterRegistry.class);
                    context.getBean(StreamMeters.class).bindTo(meters);
                    context.getBean(StreamPublisher.class).publish("orders", new Order("1", "ann"));
                    await().atMost(LIMIT)
                            .until(() -> meters.get("redis.state.stream.handled")
                                            .tags("listener", "payload", "stream", "orders", "group", "payload")
                                            .functionCounter()
                                            .count()
                                    == 1);
                    await().atMost(LIMIT)
                            .until(() -> meters.get("redis.state.stream.lag")
                                                    .tags("listener", "payload")
                                                    .gauge()
                                                    .value()
                                            == 0
                                    && meters.get("redis.state.stream.pending")
                                                    .tags("listener", "payload")
                                                    .gauge()
                                                    .value()
                                            == 0);
                });
    }

    static class NoPayload {
        @RedisStreamListener(stream = "orders")
        public void handle(Acknowledgement acknowledgement) {}
    }

    static class TwoPayloads {
        @RedisStreamListener(stream = "orders")
        public void handle(Order order, String other) {}
    }

    static class BatchWithHeader {
        @RedisStreamListener(stream = "orders")
        public void handle(List<Order> orders, @Header("x") String x) {}
    }

    static class BadNumber {
        @RedisStreamListener(stream = "orders", concurrency = "many")
        public void handle(Order order) {}
    }

    static class BadMode {
        @RedisStreamListener(stream = "orders", ackMode = "sometimes")
        public void handle(Order order) {}
    }

    static class BadStartup {
        @RedisStreamListener(stream = "orders", autoStartup = "ture")
        public void handle(Order order) {}
    }

    static class BadExpression {
        @RedisStreamListener(stream = "orders", orderBy = "payload.(")
        public void handle(Order order) {}
    }

    static class NoCircuit {
        @RedisStreamListener(stream = "orders", circuitBreaker = "none")
        public void handle(Order order) {}
    }

    static class OrderedBatch {
        @RedisStreamListener(stream = "orders", orderBy = "payload.id")
        public void handle(List<Order> orders) {}
    }

    static class Hidden {
        @RedisStreamListener(stream = "orders")
        public static void handle(Order order) {}
    }

    @Test
    void whatCantWorkFailsTheStartNamingTheMethodAndTheAttribute() {
        Map<Class<?>, String> wrong = Map.of(
                NoPayload.class, "payload",
                TwoPayloads.class, "two parameters",
                BatchWithHeader.class, "batch has no headers",
                BadNumber.class, "concurrency = \"many\"",
                BadStartup.class, "autoStartup = \"ture\"",
                BadMode.class, "ackMode = \"sometimes\"",
                BadExpression.class, "orderBy",
                NoCircuit.class, "circuitBreaker = \"none\"",
                OrderedBatch.class, "order",
                Hidden.class, "private");
        wrong.forEach((type, message) -> runner.withBean(type).run(context -> assertThat(context)
                .getFailure()
                .isInstanceOf(InvalidAnnotationException.class)
                .hasMessageContaining(type.getSimpleName() + ".handle")
                .hasMessageContaining(message)));
    }

    @Test
    void badPropertiesAreNamed() {
        Map<String, String> bad = Map.of(
                "redis-state.stream.publisher.window=0s", "redis-state.stream.publisher.window",
                "redis-state.stream.publisher.trim.max-length=-1", "redis-state.stream.publisher.trim.max-length",
                "redis-state.stream.idempotency-retention=0s", "redis-state.stream.idempotency-retention");
        bad.forEach((property, name) -> runner.withPropertyValues(property).run(context -> assertThat(context)
                .getFailure()
                .rootCause()
                .isInstanceOfSatisfying(
                        InvalidConfigurationPropertyValueException.class,
                        failure -> assertThat(failure.getName()).isEqualTo(name))));
        runner.withPropertyValues("redis-state.stream.listener.concurrency=0")
                .withBean(Everything.class, () -> new Everything(seen))
                .run(context -> assertThat(context).getFailure().hasStackTraceContaining("concurrency"));
    }

    @Test
    void streamsAreBoundedByProperties() {
        run(
                runner.withPropertyValues(
                        "redis-state.stream.trimming.orders.max-length=10",
                        "redis-state.stream.trimming.audit.max-age=1h",
                        "redis-state.stream.publisher.trim.max-length=20",
                        "redis-state.stream.publisher.trim.safe=false"),
                context -> {
                    StreamPublisher publisher = context.getBean(StreamPublisher.class);
                    for (int i = 0; i < 300; i++) {
                        publisher.publish("orders", "o");
                        publisher.publish("audit", "a");
                        publisher.publish("other", "x");
                    }
                    assertThat((Long) redis.command("XLEN", prefix + ":stream:{orders}"))
                            .isBetween(10L, 12L);
                    assertThat(redis.command("XLEN", prefix + ":stream:{audit}"))
                            .isEqualTo(300L);
                    assertThat((Long) redis.command("XLEN", prefix + ":stream:{other}"))
                            .isBetween(20L, 150L);
                });
    }
}
