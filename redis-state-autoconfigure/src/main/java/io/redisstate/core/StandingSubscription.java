package io.redisstate.core;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.data.redis.connection.Message;
import org.springframework.data.redis.connection.MessageListener;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.connection.Subscription;
import org.springframework.data.redis.connection.SubscriptionListener;
import org.springframework.util.backoff.BackOffExecution;
import org.springframework.util.backoff.ExponentialBackOff;

/**
 * A subscription to one channel that stands until it is closed: subscribes on a thread of its own, and again after each
 * lost connection, with growing pauses of 50 ms to 1 s.
 *
 * <p>Starting it never waits for Redis. One connection is taken for as long as it stands.
 */
final class StandingSubscription implements AutoCloseable, MessageListener, SubscriptionListener {

    private static final Log LOG = LogFactory.getLog(StandingSubscription.class);

    private final RedisConnectionFactory connections;
    private final byte[] channel;
    private final Consumer<byte[]> received;
    private final Runnable subscribed;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Object monitor = new Object();
    private final Object sending = new Object();
    private boolean listening;
    private volatile @Nullable Thread standing;
    private volatile @Nullable RedisConnection connection;

    /**
     * Prepares a subscription; {@link #start()} begins it.
     *
     * @param received called with each message
     * @param subscribed called each time the server has confirmed the subscription, since messages may have been missed
     */
    StandingSubscription(
            RedisConnectionFactory connections, String channel, Consumer<byte[]> received, Runnable subscribed) {
        this.connections = connections;
        this.channel = KeySpace.bytes(channel);
        this.received = received;
        this.subscribed = subscribed;
    }

    void start() {
        Thread thread = new Thread(this::standUntilClosed, "redis-state-wake-up");
        thread.setDaemon(true);
        standing = thread;
        thread.start();
    }

    /** Waits until the subscription stands; false if it doesn't in time or the thread is interrupted, its flag set. */
    boolean awaitListening(Duration limit) {
        long deadline = System.nanoTime() + limit.toNanos();
        synchronized (monitor) {
            try {
                long left = deadline - System.nanoTime();
                while (!listening && left > 0 && closed.getCount() > 0) {
                    TimeUnit.NANOSECONDS.timedWait(monitor, left);
                    left = deadline - System.nanoTime();
                }
            } catch (InterruptedException ex) {
                Thread.currentThread().interrupt();
            }
            return listening;
        }
    }

    private void standUntilClosed() {
        BackOffExecution pauses = newPauses();
        while (closed.getCount() > 0) {
            RuntimeException failure = subscribeUntilLost();
            if (listening(false)) {
                pauses = newPauses();
                logLoss(failure);
            }
            pause(pauses.nextBackOff());
        }
    }

    private @Nullable RuntimeException subscribeUntilLost() {
        try (RedisConnection opened = connections.getConnection()) {
            connection = opened;
            opened.subscribe(this, channel);
            if (opened.isSubscribed()) {
                // Jedis blocks until unsubscribed; Lettuce returns at once and renews a lost subscription by itself.
                closed.await();
            }
            return null;
        } catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            return null;
        } catch (RuntimeException ex) {
            LOG.debug("No subscription for wake-ups", ex);
            return ex;
        } finally {
            connection = null;
        }
    }

    private void logLoss(@Nullable RuntimeException failure) {
        if (closed.getCount() > 0) {
            LOG.warn("The subscription for wake-ups was lost and is being renewed; waiters look by themselves meanwhile"
                    + (failure == null ? "" : ": " + failure));
        }
    }

    private void pause(long millis) {
        try {
            if (closed.await(millis, TimeUnit.MILLISECONDS)) {
                LOG.debug("The subscription for wake-ups has ended");
            }
        } catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            closed.countDown();
        }
    }

    private static BackOffExecution newPauses() {
        ExponentialBackOff pauses = new ExponentialBackOff(50, 2);
        pauses.setMaxInterval(1_000);
        pauses.setJitter(25);
        return pauses.start();
    }

    /** Notes the new state and gives the old one. */
    private boolean listening(boolean now) {
        synchronized (monitor) {
            boolean before = listening;
            listening = now;
            monitor.notifyAll();
            return before;
        }
    }

    @Override
    public void onMessage(Message message, byte @Nullable [] pattern) {
        received.accept(message.getBody());
    }

    @Override
    public void onChannelSubscribed(byte[] name, long count) {
        listening(true);
        if (closed.getCount() > 0) {
            subscribed.run();
        } else if (Thread.currentThread() == standing) {
            // With Lettuce this is its event loop, which must not wait; the standing thread closes the connection then.
            endOnce();
        }
    }

    /**
     * With Jedis this is called before the connection goes back to its pool. Whoever is sending UNSUBSCRIBE must be out of
     * the connection's buffer by then: else the next user of the connection would send that again, and get its reply.
     */
    @Override
    public void onChannelUnsubscribed(byte[] name, long count) {
        if (Thread.currentThread() == standing) {
            synchronized (sending) {
                LOG.trace("UNSUBSCRIBE has been sent");
            }
        }
    }

    /** Ends the subscription without waiting for the server. */
    @Override
    public void close() {
        closed.countDown();
        endOnce();
    }

    /**
     * Not before the server has confirmed the subscription, when {@link #onChannelSubscribed} does it: Jedis might send
     * UNSUBSCRIBE before SUBSCRIBE, and give back a connection that is subscribed.
     */
    private void endOnce() {
        if (listening(false)) {
            unsubscribe();
        }
    }

    private void unsubscribe() {
        RedisConnection open = connection;
        Subscription subscription = open == null ? null : open.getSubscription();
        if (subscription == null) {
            return;
        }
        try {
            synchronized (sending) {
                subscription.close();
            }
        } catch (RuntimeException ex) {
            LOG.debug("The subscription for wake-ups was gone before it was ended", ex);
        }
    }
}
