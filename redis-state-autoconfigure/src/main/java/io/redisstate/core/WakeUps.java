package io.redisstate.core;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.data.redis.connection.RedisConnectionFactory;

/**
 * Wakes whoever waits for something in Redis: one subscription per process, to one channel of its own, shared by all
 * waiters of all features.
 *
 * <p>A waiter registers under a topic and leaves {@link #channel()} in Redis where the one who ends the wait finds it;
 * that one publishes {@code <topic>} or {@code <topic>\n<data>} to the channel, from inside its script. A message is a
 * hint to look again, never a promise, and it can be lost. So after a lost connection, as soon as the subscription stands
 * again, everyone is woken to look; and every waiter looks by itself every {@link #safetyPoll()}.
 *
 * <p>The subscription is opened by the first registration, in the background, and takes one connection. Thread-safe.
 *
 * @since 0.1
 */
public final class WakeUps implements AutoCloseable {

    private static final Log LOG = LogFactory.getLog(WakeUps.class);

    private final Duration safetyPoll;
    private final String channel;
    private final StandingSubscription subscription;
    private final Map<String, Set<Registration>> waiters = new ConcurrentHashMap<>();
    private final Object lifecycle = new Object();
    private boolean started;
    private boolean closed;

    /**
     * Wake-ups under a key prefix.
     *
     * @param keyPrefix what all keys and channels of the application start with
     * @param safetyPoll how long a waiter relies on messages before it looks by itself; positive
     */
    public WakeUps(RedisConnectionFactory connections, String keyPrefix, Duration safetyPoll) {
        if (safetyPoll.isZero() || safetyPoll.isNegative()) {
            throw new IllegalArgumentException("The safety poll is " + safetyPoll + "; it must be positive");
        }
        this.safetyPoll = safetyPoll;
        this.channel = KeySpace.of(keyPrefix, "wake").shared(randomId());
        this.subscription = new StandingSubscription(connections, channel, this::receive, this::wakeAll);
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
     * Calls {@code wake} at each message for the topic, with its data ("" if none), and with null each time the
     * subscription stands anew, when messages may have been missed. It is called on the subscription's thread (with Lettuce
     * its event loop), so it must neither block nor call Redis; it may be called without reason. Returns at once.
     *
     * @param topic not containing a line feed
     */
    public Registration register(String topic, Consumer<@Nullable String> wake) {
        Registration registration = new Registration(topic, wake);
        waiters.compute(topic, (key, present) -> {
            Set<Registration> set = present == null ? ConcurrentHashMap.newKeySet() : present;
            set.add(registration);
            return set;
        });
        start();
        return registration;
    }

    /**
     * Waits until messages can arrive, where it matters that the first one does. Nothing depends on it: a false only means
     * that the safety poll has to serve.
     *
     * @return false if the subscription does not stand after {@code limit}, or the thread was interrupted
     */
    public boolean awaitListening(Duration limit) {
        start();
        return subscription.awaitListening(limit);
    }

    /** Ends the subscription; waiters go on by their safety polls. */
    @Override
    public void close() {
        synchronized (lifecycle) {
            closed = true;
        }
        subscription.close();
    }

    private void start() {
        synchronized (lifecycle) {
            if (!started && !closed) {
                started = true;
                subscription.start();
            }
        }
    }

    private void receive(byte[] body) {
        String message = new String(body, StandardCharsets.UTF_8);
        int end = message.indexOf('\n');
        String topic = end < 0 ? message : message.substring(0, end);
        String data = end < 0 ? "" : message.substring(end + 1);
        waiters.getOrDefault(topic, Set.of()).forEach(registration -> registration.wake(data));
    }

    private void wakeAll() {
        waiters.values().forEach(set -> set.forEach(registration -> registration.wake(null)));
    }

    private static String randomId() {
        byte[] id = new byte[12];
        new SecureRandom().nextBytes(id);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(id);
    }

    /** One waiter's registration; closing it ends the calls, except one already under way. */
    public final class Registration implements AutoCloseable {

        private final String topic;
        private final Consumer<@Nullable String> wake;

        private Registration(String topic, Consumer<@Nullable String> wake) {
            this.topic = topic;
            this.wake = wake;
        }

        private void wake(@Nullable String data) {
            try {
                wake.accept(data);
            } catch (RuntimeException ex) {
                LOG.error("A waiter for '" + topic + "' could not be woken", ex);
            }
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
