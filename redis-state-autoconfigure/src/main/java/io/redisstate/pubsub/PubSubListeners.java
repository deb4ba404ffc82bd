package io.redisstate.pubsub;

import io.redisstate.core.FeatureThreads;
import io.redisstate.core.subscription.BlockableConnections;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;
import org.springframework.data.redis.connection.RedisConnectionFactory;

/**
 * All pub/sub listeners of an application: subscribes them when it starts and ends them when it stops.
 *
 * <p>Each listener has a bounded queue and one thread, so its messages are handled in the order in which they came, and a
 * slow listener holds up no other. All share one connection, sharded channels one for each cluster node; a listener that
 * {@linkplain Overflow#BLOCK blocks} and one added after the start have their own. A lost subscription is renewed until the
 * end; what was published meanwhile is lost, as pub/sub keeps nothing. Redis being away does not fail the start.
 *
 * <p>Stopping unsubscribes, lets the queues be worked off within the given time, and interrupts what then still runs.
 * Thread-safe.
 *
 * @since 0.1
 */
public final class PubSubListeners implements SmartLifecycle {

    private static final Log LOG = LogFactory.getLog(PubSubListeners.class);

    private final RedisConnectionFactory connections;
    private final Duration drain;
    private final Duration registration;
    private final Duration check;
    private final boolean virtualThreads;
    private final boolean autoStartup;
    private final List<Runnable> sources = new ArrayList<>();
    private final List<Subscription> subscriptions = new CopyOnWriteArrayList<>();
    private final List<BlockableConnections> ownConnections = new ArrayList<>();
    private final List<Consumer<PubSubListener>> watchers = new ArrayList<>();
    private final Object lifecycle = new Object();
    private volatile Map<String, Entry> entries = Map.of();
    private volatile @Nullable FeatureThreads threads;

    private record Entry(PubSubListener listener, RedisConnectionFactory connections) {

        boolean isAlone() {
            return listener.options().overflow() == Overflow.BLOCK;
        }
    }

    private PubSubListeners(Builder builder) {
        this.connections = builder.connections;
        this.drain = builder.drain;
        this.registration = builder.registration;
        this.check = builder.check;
        this.virtualThreads = builder.virtualThreads;
        this.autoStartup = builder.autoStartup;
    }

    /** Listeners of messages of this Redis, unless a listener says otherwise. */
    public static Builder builder(RedisConnectionFactory connections) {
        return new Builder(connections);
    }

    /**
     * Adds a listener; it is subscribed by {@link #start()}, or at once if that has been called.
     *
     * @param id its name, which no other listener has
     * @param topics channels, and patterns, which are those with an unescaped {@code *}, {@code ?} or {@code [}
     * @throws IllegalArgumentException if the id is taken, there is no topic, or a sharded one is a pattern
     */
    public PubSubListener listen(
            String id, Collection<String> topics, ListenerOptions options, MessageHandler handler) {
        return listen(connections, id, topics, options, handler);
    }

    /** As {@link #listen(String, Collection, ListenerOptions, MessageHandler)}, to another Redis. */
    public PubSubListener listen(
            RedisConnectionFactory connections,
            String id,
            Collection<String> topics,
            ListenerOptions options,
            MessageHandler handler) {
        requireTopics(id, topics, options);
        Entry entry =
                new Entry(new PubSubListener(id, topics.stream().distinct().toList(), options, handler), connections);
        synchronized (lifecycle) {
            Map<String, Entry> more = new LinkedHashMap<>(entries);
            if (more.putIfAbsent(id, entry) != null) {
                throw new IllegalArgumentException("There is a pub/sub listener '" + id + "' already");
            }
            entries = more;
            watchers.forEach(watcher -> watcher.accept(entry.listener));
            FeatureThreads running = threads;
            if (running != null) {
                begin(List.of(entry), running);
            }
        }
        return entry.listener;
    }

    private static void requireTopics(String id, Collection<String> topics, ListenerOptions options) {
        if (topics.isEmpty() || topics.stream().anyMatch(String::isEmpty)) {
            throw new IllegalArgumentException("The pub/sub listener '" + id + "' needs topics, not " + topics);
        }
        Optional<String> pattern = topics.stream()
                .filter(topic -> options.sharded() && ChannelSubscription.isPattern(topic))
                .findFirst();
        if (pattern.isPresent()) {
            throw new IllegalArgumentException("The pub/sub listener '" + id
                    + "' is for sharded channels, of which Redis knows no patterns: '" + pattern.get() + "'");
        }
    }

    /** All listeners, in the order in which they were added. */
    public List<PubSubListener> all() {
        return entries.values().stream().map(Entry::listener).toList();
    }

    /** The listener with this id. */
    public Optional<PubSubListener> find(String id) {
        return Optional.ofNullable(entries.get(id)).map(Entry::listener);
    }

    /** Calls back with each listener there is, and each one added later; for meters. */
    public void watch(Consumer<PubSubListener> watcher) {
        synchronized (lifecycle) {
            watchers.add(watcher);
            entries.values().forEach(entry -> watcher.accept(entry.listener));
        }
    }

    /** Whether all listeners are subscribed now. */
    public boolean isListening() {
        return threads != null && subscriptions.stream().allMatch(Subscription::isListening);
    }

    /** Has {@link #start()} call back before it subscribes, once, for listeners that are known only then. */
    public void beforeStart(Runnable source) {
        synchronized (lifecycle) {
            sources.add(source);
        }
    }

    @Override
    public boolean isAutoStartup() {
        return autoStartup;
    }

    @Override
    public void start() {
        synchronized (lifecycle) {
            if (threads == null) {
                sources.forEach(Runnable::run);
                sources.clear();
                FeatureThreads begun = new FeatureThreads("pubsub", virtualThreads, Duration.ZERO);
                threads = begun;
                begin(entries.values(), begun);
            }
        }
    }

    private void begin(Collection<Entry> added, FeatureThreads on) {
        added.forEach(entry -> entry.listener.start(on.executor()));
        List<Subscription> made = new ArrayList<>();
        IdentityHashMap<RedisConnectionFactory, List<PubSubListener>> plain = new IdentityHashMap<>();
        IdentityHashMap<RedisConnectionFactory, List<PubSubListener>> sharded = new IdentityHashMap<>();
        for (Entry entry : added) {
            if (entry.isAlone()) {
                BlockableConnections own = BlockableConnections.of(entry.connections);
                ownConnections.add(own);
                made.add(subscription(own.factory(), List.of(entry.listener)));
            } else {
                (entry.listener.options().sharded() ? sharded : plain)
                        .computeIfAbsent(entry.connections, key -> new ArrayList<>())
                        .add(entry.listener);
            }
        }
        plain.forEach((redis, listeners) -> made.add(subscription(redis, listeners)));
        sharded.forEach((redis, listeners) -> made.add(subscription(redis, listeners)));
        made.forEach(Subscription::start);
        subscriptions.addAll(made);
        awaitListening(made);
    }

    private Subscription subscription(RedisConnectionFactory redis, List<PubSubListener> listeners) {
        return listeners.get(0).options().sharded()
                ? new ShardedChannels(redis, listeners)
                : new ChannelSubscription(redis, listeners, registration, check);
    }

    private void awaitListening(List<Subscription> made) {
        long deadline = System.nanoTime() + registration.toNanos();
        for (Subscription subscription : made) {
            if (!subscription.awaitListening(Duration.ofNanos(Math.max(0, deadline - System.nanoTime())))) {
                LOG.warn("Not all pub/sub listeners are subscribed after " + registration.toMillis()
                        + " ms; the application starts without, and they go on trying");
                return;
            }
        }
    }

    @Override
    public void stop() {
        synchronized (lifecycle) {
            FeatureThreads running = threads;
            if (running == null) {
                return;
            }
            entries.values().stream().filter(Entry::isAlone).forEach(entry -> entry.listener.end());
            subscriptions.forEach(Subscription::close);
            entries.values().forEach(entry -> entry.listener.end());
            long deadline = System.nanoTime() + drain.toNanos();
            entries.values().forEach(entry -> entry.listener.awaitEnd(deadline));
            ownConnections.forEach(BlockableConnections::close);
            subscriptions.clear();
            ownConnections.clear();
            running.close();
            threads = null;
        }
    }

    @Override
    public boolean isRunning() {
        return threads != null;
    }

    /** Collects how the listeners are run; see {@link PubSubListeners#builder}. */
    public static final class Builder {

        private final RedisConnectionFactory connections;
        private Duration drain = Duration.ofSeconds(10);
        private Duration registration = Duration.ofSeconds(2);
        private Duration check = Duration.ofSeconds(10);
        private boolean virtualThreads;
        private boolean autoStartup = true;

        private Builder(RedisConnectionFactory connections) {
            this.connections = connections;
        }

        /** How long the queues may be worked off when the listeners stop; 10 s by default. */
        public Builder drain(Duration limit) {
            this.drain = limit;
            return this;
        }

        /** How long the start waits for the subscriptions before it goes on without them; 2 s by default. */
        public Builder registration(Duration limit) {
            this.registration = limit;
            return this;
        }

        /**
         * After how long without a message the server is asked for a sign of life; one that gives none for as long again is
         * subscribed anew. 10 s by default.
         *
         * @throws IllegalArgumentException if it is less than 100 ms
         */
        public Builder check(Duration interval) {
            if (interval.toMillis() < 100) {
                throw new IllegalArgumentException(
                        "Subscriptions are to be checked each " + interval + "; it must be at least 100 ms");
            }
            this.check = interval;
            return this;
        }

        /** Whether handlers are called on virtual threads; needs Java 21. */
        public Builder virtualThreads(boolean virtual) {
            this.virtualThreads = virtual;
            return this;
        }

        /** Whether they start with the application context; they do by default. */
        public Builder autoStartup(boolean automatic) {
            this.autoStartup = automatic;
            return this;
        }

        /** The listeners, none yet. */
        public PubSubListeners build() {
            return new PubSubListeners(this);
        }
    }
}
