package io.redisstate.benchmarks;

import io.redisstate.pubsub.ListenerOptions;
import io.redisstate.pubsub.PubSubListeners;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.redisson.api.RTopic;
import org.redisson.api.RedissonClient;
import org.redisson.client.codec.ByteArrayCodec;
import org.springframework.data.redis.connection.jedis.JedisConnectionFactory;
import org.springframework.data.redis.listener.ChannelTopic;
import org.springframework.data.redis.listener.RedisMessageListenerContainer;
import redis.clients.jedis.BinaryJedisPubSub;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.RedisClient;

/**
 * A batch of messages of 200 bytes, published by bare Jedis in one pipeline, until the listener has been called with all of
 * them. The floor is Jedis' own subscription, which calls the listener on the thread that reads.
 */
final class PubSubDeliver implements Scenario {

    private static final int BATCH = 1_000;

    /** After which a message is given up, at the expense of whoever lost it. */
    private static final long LOST_SECONDS = 5;

    private static final byte[] BODY = "x".repeat(200).getBytes(StandardCharsets.UTF_8);

    @Override
    public String name() {
        return "pubsub-deliver";
    }

    @Override
    public List<Integer> threads() {
        return List.of(1);
    }

    @Override
    public List<Subject> subjects(Target target, int threads) {
        return List.of(bareJedis(target), redisState(target), springDataRedis(target), redisson(target));
    }

    private static Subject bareJedis(Target target) {
        RedisClient jedis = target.jedis();
        Semaphore handled = new Semaphore(0);
        Semaphore subscribed = new Semaphore(0);
        BinaryJedisPubSub subscription = new BinaryJedisPubSub() {
            @Override
            public void onSubscribe(byte[] channel, int subscribedChannels) {
                subscribed.release();
            }

            @Override
            public void onMessage(byte[] channel, byte[] message) {
                handled.release();
            }
        };
        byte[] channel = bytes("bench:floor");
        Thread reader = new Thread(() -> jedis.subscribe(subscription, channel), "floor");
        reader.start();
        subscribed.acquireUninterruptibly();
        return batches(Subject.FLOOR, jedis, channel, handled, () -> {
            subscription.unsubscribe();
            reader.join();
        });
    }

    private static Subject redisState(Target target) {
        JedisConnectionFactory connections = target.connections();
        Semaphore handled = new Semaphore(0);
        PubSubListeners listeners = PubSubListeners.builder(connections).build();
        listeners.listen("bench", List.of("bench:redis-state"), ListenerOptions.DEFAULT, message -> handled.release());
        listeners.start();
        return batches(
                Subject.US,
                target.jedis(),
                bytes("bench:redis-state"),
                handled,
                Target.all(listeners::stop, connections::destroy));
    }

    /** As its documentation has it: a task for each message, so without order and without a bound. */
    private static Subject springDataRedis(Target target) {
        JedisConnectionFactory connections = target.connections();
        Semaphore handled = new Semaphore(0);
        RedisMessageListenerContainer container = new RedisMessageListenerContainer();
        container.setConnectionFactory(connections);
        container.addMessageListener((message, pattern) -> handled.release(), ChannelTopic.of("bench:spring"));
        container.afterPropertiesSet();
        container.start();
        return batches(
                "spring-data-redis",
                target.jedis(),
                bytes("bench:spring"),
                handled,
                Target.all(container::destroy, connections::destroy));
    }

    private static Subject redisson(Target target) {
        RedissonClient client = target.redisson();
        Semaphore handled = new Semaphore(0);
        RTopic topic = client.getTopic("bench:redisson", ByteArrayCodec.INSTANCE);
        topic.addListener(byte[].class, (channel, message) -> handled.release());
        return batches("redisson", target.jedis(), bytes("bench:redisson"), handled, client::shutdown);
    }

    private static Subject batches(
            String name, RedisClient publisher, byte[] channel, Semaphore handled, AutoCloseable subscription) {
        return Subject.of(name, Target.all(subscription, publisher), thread -> {
            try (Pipeline pipeline = publisher.pipelined()) {
                for (int i = 0; i < BATCH; i++) {
                    pipeline.publish(channel, BODY);
                }
                pipeline.sync();
            }
            if (!handled.tryAcquire(BATCH, LOST_SECONDS, TimeUnit.SECONDS)) {
                int unused = handled.drainPermits();
            }
        });
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
