package io.redisstate.core;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.core.task.SimpleAsyncTaskExecutor;
import org.springframework.core.task.SyncTaskExecutor;
import org.springframework.data.redis.connection.Message;
import org.springframework.data.redis.connection.MessageListener;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.connection.SubscriptionListener;
import org.springframework.data.redis.listener.ChannelTopic;
import org.springframework.data.redis.listener.RedisMessageListenerContainer;
import org.springframework.util.backoff.ExponentialBackOff;

/**
 * Wakes whoever waits for something in Redis: one subscription per process, to one channel of its own, shared by all
 * waiters of all features.
 *
 * <p>A waiter registers under a topic and leaves {@link #channel()} in Redis where the one who ends the wait finds it;
 * that one publishes the topic to the channel, from inside its script. A message is a hint to look again, never a
 * promise, and it can be lost. So after a lost connection, as soon as the subscription stands again, everyone is woken to
 * look; and every waiter looks by itself every {@link #safetyPoll()}.
 *
 * <p>The subscription is opened by the first registration; it costs one connection. Thread-safe.
 *
 * @since 0.1
 */
public final class WakeUps implements AutoCloseable {

    private static final Log LOG = LogFactory.getLog(WakeUps.class);

    private final RedisConnectionFactory connections;
    private final Duration safetyPoll;
    private final String channel;
    private final Map<String, Set<Registration>> waiters = new ConcurrentHashMap<>();
    private final Object lifecycle = new Object();
    private @Nullable RedisMessageListenerContainer container;
    private boolean closed;

    /**
     * Wake-ups under a key prefix.
     *
     * @param keyPrefix what all keys and channels of the application start with
     * @param safetyPoll how long a waiter relies on messages before it looks by itself
     */
    public WakeUps(RedisConnectionFactory connections, String keyPrefix, Duration safetyPoll) {
        this.connections = connections;
        this.safetyPoll = safetyPoll;
        this.channel = KeySpace.of(keyPrefix, "wake").shared(randomId());
    }

    /** This process's channel: who ends a wait publishes the waiter's topic here. */
    public String channel() {
        return channel;
    }

    /** How long a waiter relies on messages before it looks by itself. */
    public Duration safetyPoll() {
        return safetyPoll;
    }

    /**
     * Calls {@code wake} at each message for the topic and each time the subscription stands again. It is called on the
     * subscription's thread and must not block; it may be called without reason.
     */
    public Registration register(String topic, Runnable wake) {
        Registration registration = new Registration(topic, wake);
        waiters.compute(topic, (key, present) -> {
            Set<Registration> set = present == null ? ConcurrentHashMap.newKeySet() : present;
            set.add(registration);
            return set;
        });
        start();
        return registration;
    }

    /** Ends the subscription; waiters go on by their safety polls. */
    @Override
    public void close() {
        RedisMessageListenerContainer ending;
        synchronized (lifecycle) {
            closed = true;
            ending = container;
            container = null;
        }
        if (ending != null) {
            try {
                ending.destroy();
            } catch (Exception ex) {
                LOG.warn("The wake-up subscription did not end cleanly", ex);
            }
        }
    }

    private void start() {
        synchronized (lifecycle) {
            if (container == null && !closed) {
                container = newContainer();
                container.start();
            }
        }
    }

    private RedisMessageListenerContainer newContainer() {
        RedisMessageListenerContainer created = new RedisMessageListenerContainer();
        created.setConnectionFactory(connections);
        created.setTaskExecutor(new SyncTaskExecutor());
        Executor subscriptionThread = new SimpleAsyncTaskExecutor("redis-state-wake-up-");
        created.setSubscriptionExecutor(subscriptionThread);
        ExponentialBackOff recovery = new ExponentialBackOff(50, 2);
        recovery.setMaxInterval(1_000);
        created.setRecoveryBackoff(recovery);
        created.addMessageListener(new Inbox(), ChannelTopic.of(channel));
        created.afterPropertiesSet();
        return created;
    }

    private void wake(String topic) {
        waiters.getOrDefault(topic, Set.of()).forEach(WakeUps::wake);
    }

    private void wakeAll() {
        waiters.values().forEach(set -> set.forEach(WakeUps::wake));
    }

    private static void wake(Registration registration) {
        try {
            registration.wake.run();
        } catch (RuntimeException ex) {
            LOG.error("A waiter for '" + registration.topic + "' could not be woken", ex);
        }
    }

    private static String randomId() {
        byte[] id = new byte[12];
        new SecureRandom().nextBytes(id);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(id);
    }

    private final class Inbox implements MessageListener, SubscriptionListener {

        @Override
        public void onMessage(Message message, byte @Nullable [] pattern) {
            wake(new String(message.getBody(), StandardCharsets.UTF_8));
        }

        @Override
        public void onChannelSubscribed(byte[] subscribed, long count) {
            wakeAll();
        }
    }

    /** One waiter's registration; closing it ends the calls, except one already under way. */
    public final class Registration implements AutoCloseable {

        private final String topic;
        private final Runnable wake;

        private Registration(String topic, Runnable wake) {
            this.topic = topic;
            this.wake = wake;
        }

        @Override
        public void close() {
            waiters.computeIfPresent(topic, (key, set) -> {
                set.remove(this);
                return set.isEmpty() ? null : set;
            });
        }
    }
}
