package io.redisstate.benchmarks;

import io.redisstate.stream.container.ContainerOptions;
import io.redisstate.stream.container.StreamContainer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.redisson.api.RStream;
import org.redisson.api.RedissonClient;
import org.redisson.api.stream.StreamMessageId;
import org.redisson.api.stream.StreamReadGroupArgs;
import org.redisson.client.codec.ByteArrayCodec;
import org.springframework.data.redis.connection.jedis.JedisConnectionFactory;
import org.springframework.data.redis.connection.stream.Consumer;
import org.springframework.data.redis.connection.stream.MapRecord;
import org.springframework.data.redis.connection.stream.ReadOffset;
import org.springframework.data.redis.connection.stream.StreamOffset;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.data.redis.stream.StreamMessageListenerContainer;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.params.XAddParams;
import redis.clients.jedis.params.XReadGroupParams;
import redis.clients.jedis.resps.StreamEntryBinary;

/**
 * A group handles 10,000 messages of 200 bytes that are in the stream, 100 at a time, and acknowledges them; the handler
 * does nothing. The group is set back to the beginning for each unit of work.
 */
final class StreamConsume implements Scenario {

    static final String BODY = "x".repeat(200);

    private static final int MESSAGES = 10_000;
    private static final int BATCH = 100;
    private static final int KEYS = 100;
    private static final String GROUP = "g";

    @Override
    public String name() {
        return "stream-consume";
    }

    @Override
    public List<Integer> threads() {
        return List.of(1);
    }

    @Override
    public List<Subject> subjects(Target target, int threads) {
        return List.of(
                bareJedis(target),
                redisState(target, false),
                redisState(target, true),
                redisson(target),
                springDataRedis(target));
    }

    /** Counts what the handler was called with. */
    private static final class Handled {

        private final AtomicInteger count = new AtomicInteger();
        private final Semaphore all = new Semaphore(0);

        void one() {
            if (count.incrementAndGet() == MESSAGES) {
                all.release();
            }
        }

        void await(RedisClient jedis, String stream) throws InterruptedException {
            count.set(0);
            rewind(jedis, stream);
            if (!all.tryAcquire(1, TimeUnit.MINUTES)) {
                throw new IllegalStateException("Only " + count + " of " + MESSAGES + " messages have come");
            }
        }
    }

    /** One more message instead of the first wakes a reader that waits already. */
    private static void rewind(RedisClient jedis, String stream) {
        String unused = jedis.xgroupSetID(stream, GROUP, new StreamEntryID(0, 0));
        StreamEntryID last = jedis.xadd(stream, XAddParams.xAddParams().maxLen(MESSAGES), Map.of("payload", BODY));
        if (last.getTime() == 0) {
            throw new IllegalStateException("No message was added");
        }
    }

    private static RedisClient filled(Target target, String stream) {
        RedisClient jedis = target.jedis();
        jedis.del(stream);
        String unused = jedis.xgroupCreate(stream, GROUP, new StreamEntryID(0, 0), true);
        try (Pipeline pipeline = jedis.pipelined()) {
            for (int i = 0; i < MESSAGES; i++) {
                pipeline.xadd(stream, StreamEntryID.NEW_ENTRY, Map.of("payload", BODY));
            }
            pipeline.sync();
        }
        return jedis;
    }

    private static Subject bareJedis(Target target) {
        String stream = "bench:stream:floor";
        RedisClient jedis = filled(target, stream);
        byte[] key = bytes(stream);
        byte[] group = bytes(GROUP);
        XReadGroupParams params =
                XReadGroupParams.xReadGroupParams().count(BATCH).block(1_000);
        Map<byte[], StreamEntryID> offset = Map.of(key, StreamEntryID.XREADGROUP_UNDELIVERED_ENTRY);
        return Subject.of(Subject.FLOOR, jedis, thread -> {
            rewind(jedis, stream);
            int handled = 0;
            while (handled < MESSAGES) {
                List<StreamEntryBinary> entries = jedis.xreadGroupBinary(group, bytes("c"), params, offset)
                        .get(0)
                        .getValue();
                byte[][] ids = entries.stream()
                        .map(entry -> bytes(entry.getID().toString()))
                        .toArray(byte[][]::new);
                handled += (int) jedis.xack(key, group, ids);
            }
        });
    }

    /** In order: of 100 keys. */
    private static Subject redisState(Target target, boolean ordered) {
        String name = ordered ? "ordered" : "orders";
        String stream = "bench:stream:{" + name + "}";
        RedisClient jedis = filled(target, stream);
        JedisConnectionFactory connections = target.connections();
        Handled handled = new Handled();
        StreamContainer.Builder builder = StreamContainer.<byte[]>builder(
                        connections,
                        ContainerOptions.builder(name, GROUP).batchSize(BATCH).build(),
                        byte[].class,
                        (message, acknowledgement) -> handled.one())
                .keyPrefix("bench");
        if (ordered) {
            builder.orderBy(message -> Math.floorMod(message.id().hashCode(), KEYS));
        }
        StreamContainer container = builder.build();
        container.start();
        return Subject.of(
                ordered ? Subject.US + "-ordered" : Subject.US,
                Target.all(container, connections::destroy, jedis),
                thread -> handled.await(jedis, stream));
    }

    private static Subject redisson(Target target) {
        String name = "bench:stream:redisson";
        RedisClient jedis = filled(target, name);
        RedissonClient client = target.redisson();
        RStream<byte[], byte[]> stream = client.getStream(name, ByteArrayCodec.INSTANCE);
        StreamReadGroupArgs next =
                StreamReadGroupArgs.neverDelivered().count(BATCH).timeout(Duration.ofSeconds(1));
        return Subject.of("redisson", Target.all(client::shutdown, jedis), thread -> {
            rewind(jedis, name);
            int handled = 0;
            while (handled < MESSAGES) {
                StreamMessageId[] ids =
                        stream.readGroup(GROUP, "c", next).keySet().toArray(StreamMessageId[]::new);
                handled += (int) stream.ack(GROUP, ids);
            }
        });
    }

    /** As its documentation has it: the listener acknowledges. */
    private static Subject springDataRedis(Target target) {
        String stream = "bench:stream:spring";
        RedisClient jedis = filled(target, stream);
        JedisConnectionFactory connections = target.connections();
        StringRedisTemplate template = new StringRedisTemplate(connections);
        Handled handled = new Handled();
        StreamMessageListenerContainer<String, MapRecord<String, String, String>> container =
                StreamMessageListenerContainer.create(
                        connections,
                        StreamMessageListenerContainer.StreamMessageListenerContainerOptions.builder()
                                .batchSize(BATCH)
                                .pollTimeout(Duration.ofSeconds(1))
                                .build());
        container.receive(
                Consumer.from(GROUP, "c"), StreamOffset.create(stream, ReadOffset.lastConsumed()), message -> {
                    Long unused = template.opsForStream().acknowledge(GROUP, message);
                    handled.one();
                });
        container.start();
        return Subject.of(
                "spring-data-redis",
                Target.all(container::stop, connections::destroy, jedis),
                thread -> handled.await(jedis, stream));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
