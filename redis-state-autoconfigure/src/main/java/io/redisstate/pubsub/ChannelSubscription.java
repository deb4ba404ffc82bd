package io.redisstate.pubsub;

import io.redisstate.core.KeySpace;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.core.task.SimpleAsyncTaskExecutor;
import org.springframework.data.redis.RedisConnectionFailureException;
import org.springframework.data.redis.connection.Message;
import org.springframework.data.redis.connection.MessageListener;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.connection.SubscriptionListener;
import org.springframework.data.redis.listener.PatternTopic;
import org.springframework.data.redis.listener.Topic;
import org.springframework.data.redis.listener.support.SimpleTopicResolver;
import org.springframework.util.backoff.BackOffExecution;
import org.springframework.util.backoff.ExponentialBackOff;

/**
 * A subscription to channels and patterns on one connection, made by a {@link ListenerContainer}, and by a new one each
 * time it is lost: at once, then after pauses of 50 ms to 1 s. Where nothing comes, the server is asked now and then to
 * confirm a subscription once more, so that a network that swallows packets is noticed.
 */
final class ChannelSubscription implements Subscription {

    private static final Log LOG = LogFactory.getLog(ChannelSubscription.class);
    private static final long ANSWER_POLL_MILLIS = 50;
    private static final SimpleTopicResolver TOPICS = new SimpleTopicResolver();

    private final RedisConnectionFactory connections;
    private final List<Route> routes = new ArrayList<>();
    private final Duration registration;
    private final Duration check;
    private final SimpleAsyncTaskExecutor readers = new SimpleAsyncTaskExecutor("redis-state-pubsub-reader-");
    private final CompletableFuture<Throwable> closing = new CompletableFuture<>();
    private final CountDownLatch ended = new CountDownLatch(1);
    private final Object monitor = new Object();
    private boolean listening;

    ChannelSubscription(
            RedisConnectionFactory connections,
            Collection<PubSubListener> listeners,
            Duration registration,
            Duration check) {
        this.check = check;
        this.connections = connections;
        this.registration = registration;
        readers.setDaemon(true);
        listeners.forEach(this::route);
    }

    static boolean isPattern(String topic) {
        return TOPICS.resolveTopic(topic) instanceof PatternTopic;
    }

    /** Channels and patterns apart: else a message doesn't tell which of both it came by. */
    private void route(PubSubListener listener) {
        List<Topic> channels = new ArrayList<>();
        List<Topic> patterns = new ArrayList<>();
        listener.topics().forEach(topic -> (isPattern(topic) ? patterns : channels).add(TOPICS.resolveTopic(topic)));
        if (!channels.isEmpty()) {
            routes.add(new Route(listener, channels, false));
        }
        if (!patterns.isEmpty()) {
            routes.add(new Route(listener, patterns, true));
        }
    }

    @Override
    public void start() {
        Thread thread = new Thread(this::standUntilClosed, "redis-state-pubsub");
        thread.setDaemon(true);
        thread.start();
    }

    private void standUntilClosed() {
        BackOffExecution pauses = newPauses();
        boolean told = false;
        while (!closing.isDone()) {
            ListenerContainer container = newContainer();
            Throwable failure = subscribe(container);
            boolean stood = failure == null;
            if (stood) {
                listening(true);
                failure = awaitLoss(container);
                listening(false);
                pauses = newPauses();
            }
            if (closing.isDone()) {
                container.stop();
            } else {
                if (stood || !told) {
                    told = true;
                    LOG.warn("The subscription to " + routes
                            + (stood ? " was lost" : " could not be made")
                            + "; it is being renewed, and messages published until then do not come: " + failure);
                }
                if (!stood) {
                    pause(pauses.nextBackOff());
                }
            }
        }
        ended.countDown();
    }

    private ListenerContainer newContainer() {
        routes.forEach(Route::begin);
        ListenerContainer container = new ListenerContainer(connections, readers, registration.toMillis());
        routes.forEach(route -> container.addMessageListener(route, route.topics));
        container.afterPropertiesSet();
        return container;
    }

    private @Nullable Throwable subscribe(ListenerContainer container) {
        try {
            container.start();
            return null;
        } catch (RuntimeException ex) {
            return ex.getCause() instanceof TimeoutException
                    ? awaitAnswer(container)
                    : ex.getCause() == null ? ex : ex.getCause();
        }
    }

    /** A server that hangs may answer yet, and its connection can't be taken from the client's hands: so no second one. */
    private @Nullable Throwable awaitAnswer(ListenerContainer container) {
        LOG.warn("The subscription to " + routes + " is not answered; waiting for it");
        while (!container.isListening() && !closing.isDone()) {
            try {
                return container.lost().get(ANSWER_POLL_MILLIS, TimeUnit.MILLISECONDS);
            } catch (TimeoutException ex) {
                LOG.trace("Still no answer");
            } catch (InterruptedException ex) {
                Thread.currentThread().interrupt();
                return ex;
            } catch (ExecutionException ex) {
                return ex.getCause();
            }
        }
        return null;
    }

    private @Nullable Throwable awaitLoss(ListenerContainer container) {
        boolean asked = false;
        while (true) {
            routes.forEach(Route::forgetSign);
            try {
                return (Throwable)
                        CompletableFuture.anyOf(container.lost(), closing).get(check.toMillis(), TimeUnit.MILLISECONDS);
            } catch (TimeoutException ex) {
                if (routes.stream().anyMatch(Route::hasSign)) {
                    asked = false;
                } else if (asked) {
                    Throwable silent =
                            new RedisConnectionFailureException("No sign of life for " + check.multipliedBy(2), ex);
                    container.giveUp(silent);
                    // It writes to a dead connection, and may wait for an answer.
                    readers.execute(container::stop);
                    return silent;
                } else {
                    asked = true;
                    readers.execute(() -> routes.get(0).ask(container.connection()));
                }
            } catch (InterruptedException ex) {
                Thread.currentThread().interrupt();
                return null;
            } catch (ExecutionException ex) {
                return ex.getCause();
            }
        }
    }

    private void pause(long millis) {
        try {
            closing.get(millis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException ex) {
            LOG.trace("Subscribing again");
        }
    }

    private static BackOffExecution newPauses() {
        ExponentialBackOff pauses = new ExponentialBackOff(50, 2);
        pauses.setMaxInterval(1_000);
        pauses.setJitter(25);
        return pauses.start();
    }

    private void listening(boolean now) {
        synchronized (monitor) {
            listening = now;
            monitor.notifyAll();
        }
    }

    @Override
    public boolean awaitListening(Duration limit) {
        long deadline = System.nanoTime() + limit.toNanos();
        synchronized (monitor) {
            try {
                long left = deadline - System.nanoTime();
                while (!listening && left > 0 && !closing.isDone()) {
                    TimeUnit.NANOSECONDS.timedWait(monitor, left);
                    left = deadline - System.nanoTime();
                }
            } catch (InterruptedException ex) {
                Thread.currentThread().interrupt();
            }
            return listening;
        }
    }

    @Override
    public boolean isListening() {
        synchronized (monitor) {
            return listening;
        }
    }

    /** Unsubscribes; waits for it as long as for a registration. */
    @Override
    public void close() {
        closing.complete(new IllegalStateException("The subscription was closed"));
        try {
            if (!ended.await(registration.toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.debug("The server has not confirmed the end of the subscription in time");
            }
        } catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
        }
    }

    /** The channels, or the patterns, of one listener. */
    private static final class Route implements MessageListener, SubscriptionListener {

        private final PubSubListener listener;
        private final List<Topic> topics;
        private final boolean patterns;
        private final Set<String> known = new HashSet<>();
        private boolean asked;
        private volatile boolean sign;
        private volatile boolean delivering;

        Route(PubSubListener listener, List<Topic> topics, boolean patterns) {
            this.listener = listener;
            this.topics = topics;
            this.patterns = patterns;
        }

        @Override
        public void onMessage(Message message, byte @Nullable [] source) {
            delivering = true;
            try {
                listener.receive(new ReceivedMessage(
                        text(message.getChannel()),
                        patterns && source != null ? text(source) : null,
                        message.getBody()));
            } finally {
                sign = true;
                delivering = false;
            }
        }

        void forgetSign() {
            sign = false;
        }

        /** Whether something has come, or can't because the listener holds up the connection. */
        boolean hasSign() {
            return sign || delivering;
        }

        /** Asks for a sign; with Lettuce it waits for it. */
        void ask(SubscribedConnection connection) {
            synchronized (known) {
                asked = true;
            }
            try {
                connection.confirm(KeySpace.bytes(topics.get(0).getTopic()), patterns);
            } catch (RuntimeException ex) {
                LOG.debug("Can't ask for a sign of life", ex);
            }
        }

        /** A new connection owes no answer. */
        void begin() {
            synchronized (known) {
                asked = false;
            }
        }

        @Override
        public void onChannelSubscribed(byte[] channel, long count) {
            subscribed(channel);
        }

        @Override
        public void onPatternSubscribed(byte[] pattern, long count) {
            subscribed(pattern);
        }

        private void subscribed(byte[] topic) {
            sign = true;
            boolean again;
            synchronized (known) {
                again = !known.add(text(topic)) && !asked;
                asked = false;
            }
            if (again) {
                listener.renewed();
            }
        }

        private static String text(byte[] bytes) {
            return new String(bytes, StandardCharsets.UTF_8);
        }

        @Override
        public String toString() {
            return listener.toString();
        }
    }
}
