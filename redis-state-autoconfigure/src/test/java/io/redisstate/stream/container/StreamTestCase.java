package io.redisstate.stream.container;

import io.redisstate.core.ConnectionGuard;
import io.redisstate.stream.DeadLetters;
import io.redisstate.stream.Publication;
import io.redisstate.stream.StreamPublisher;
import io.redisstate.test.JavaProcess;
import io.redisstate.test.RedisServer;
import io.redisstate.test.Topologies;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Named;
import org.springframework.data.redis.connection.RedisConnectionFactory;

/** A stream of each test's own, {@code s}, and an end to all that it starts. */
abstract class StreamTestCase {

    static final Duration LIMIT = Duration.ofSeconds(60);
    static final long MIN_IDLE = 1_500;

    final RedisServer redis = RedisServer.shared();
    final String prefix = redis.uniquePrefix();
    final String key = prefix + ":stream:{s}";
    final StreamPublisher publisher =
            StreamPublisher.builder(redis.jedis()).keyPrefix(prefix).build();
    final DeadLetters dead = new DeadLetters(ConnectionGuard.of(redis.jedis()), prefix);
    final Queue<AutoCloseable> opened = new ConcurrentLinkedQueue<>();

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable one : opened) {
            one.close();
        }
        redis.keys(prefix).forEach(name -> redis.command("DEL", name));
    }

    static Stream<Named<Supplier<RedisConnectionFactory>>> topologies() {
        return Topologies.all();
    }

    StreamContainer start(StreamContainer.Builder builder) {
        StreamContainer container = builder.keyPrefix(prefix).build();
        opened.add(container);
        container.start();
        return container;
    }

    JavaProcess process(String consumer, int handlerMicros, String order) {
        JavaProcess process = JavaProcess.start(
                ConsumerProcess.class,
                redis.url(),
                prefix,
                consumer,
                String.valueOf(MIN_IDLE),
                String.valueOf(handlerMicros),
                order);
        opened.add(process);
        return process;
    }

    static List<Publication> publications(List<?> payloads) {
        return payloads.stream()
                .map(it -> it instanceof Publication one ? one : Publication.of(it))
                .toList();
    }

    static List<Publication> publications(String... payloads) {
        return publications(List.of(payloads));
    }

    /** Publications, or what is to be published as it is. */
    void publish(List<?> payloads) {
        publisher.publishAll("s", publications(payloads));
    }

    /** What consumers that are other processes have handled: the consumer and the payload. */
    List<String> log() {
        return texts(redis.command("LRANGE", prefix + ":log", "0", "-1"));
    }

    static List<String> texts(@Nullable Object reply) {
        return reply instanceof List<?> list
                ? list.stream().map(String::valueOf).toList()
                : List.of();
    }

    long pending() {
        return pending("g");
    }

    long pending(String group) {
        Object summary = redis.command("XPENDING", key, group);
        return summary instanceof List<?> list && list.get(0) instanceof Long count ? count : -1;
    }

    List<String> pendingIds(String consumer) {
        Object reply = redis.command("XPENDING", key, "g", "-", "+", "1000", consumer);
        return reply instanceof List<?> list
                ? list.stream().map(it -> String.valueOf(((List<?>) it).get(0))).toList()
                : List.of();
    }

    List<String> pendingPayloads(String consumer) {
        return pendingIds(consumer).stream()
                .map(id -> redis.command("XRANGE", key, id, id))
                .map(reply -> ((List<?>) Objects.requireNonNull(reply)).get(0))
                .map(entry -> String.valueOf(((List<?>) ((List<?>) entry).get(1)).get(1)))
                .toList();
    }

    long lag() {
        Object groups = redis.command("XINFO", "GROUPS", key);
        if (groups instanceof List<?> list && !list.isEmpty()) {
            List<?> facts = (List<?>) list.get(0);
            return facts.get(facts.indexOf("lag") + 1) instanceof Long lag ? lag : -1;
        }
        return -1;
    }
}
