package io.redisstate.core.subscription;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.connection.jedis.JedisConnectionFactory;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.util.ClassUtils;

/**
 * Hears of every change of the keys that start with some prefixes, whoever makes it: a write, an expiry, an eviction. By
 * {@code CLIENT TRACKING ... BCAST}, on one connection of its own to each primary, which follows failovers and changes of a
 * cluster.
 *
 * <p>While {@link Listener#live()} was the last word, no change goes unheard for longer than its way through the network.
 * A lost connection is told at once where the network tells it, else within {@link #SILENCE}. Nothing is sent before
 * {@link #start()}, which does not wait. Thread-safe.
 *
 * @since 0.1
 */
public final class KeyTracking implements AutoCloseable {

    /** The longest time that a connection which swallows packets goes unnoticed. */
    public static final Duration SILENCE = Duration.ofSeconds(2);

    private static final Log LOG = LogFactory.getLog(KeyTracking.class);
    private static final Duration CHECK = SILENCE.dividedBy(2);

    /** How long a node may take to answer: at the check after the one that asked, its time is over. */
    static final Duration PATIENCE = CHECK.multipliedBy(9).dividedBy(10);

    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);
    private static final ClassLoader LOADER = KeyTracking.class.getClassLoader();
    private static final boolean JEDIS_PRESENT = ClassUtils.isPresent("redis.clients.jedis.UnifiedJedis", LOADER);
    private static final boolean LETTUCE_PRESENT = ClassUtils.isPresent("io.lettuce.core.RedisClient", LOADER);

    private final RedisConnectionFactory connections;
    private final Listener listener;
    private final Set<String> prefixes = new TreeSet<>();
    private final Map<String, TrackingLink> links = new HashMap<>();
    private final Semaphore news = new Semaphore(0);
    private final Object state = new Object();
    private boolean live;
    private boolean started;
    private boolean warned;
    private volatile boolean closed;
    private volatile boolean prefixesChanged;

    /** What is heard; called on threads of the client, so it must not block. */
    public interface Listener {

        /** A key has changed. */
        void changed(String key);

        /** From now on changes are told; those of before may have been missed. */
        void live();

        /** From now on changes may be missed. */
        void lost();
    }

    /**
     * A tracking.
     *
     * @param connections of Jedis or Lettuce; for Lettuce with RESP 3, which is its default
     */
    public KeyTracking(RedisConnectionFactory connections, Listener listener) {
        this.connections = connections;
        this.listener = listener;
    }

    /** Why changes can't be heard on some connections, if that is known beforehand. */
    public static Optional<String> obstacle(RedisConnectionFactory connections) {
        return LETTUCE_PRESENT && connections instanceof LettuceConnectionFactory lettuce
                ? LettuceShardLinks.obstacle(lettuce)
                : Optional.empty();
    }

    /** Tracks keys with this prefix too; none may be the beginning of another. */
    public void track(String prefix) {
        synchronized (prefixes) {
            if (!prefixes.add(prefix)) {
                return;
            }
        }
        prefixesChanged = true;
        news.release();
    }

    /** Begins, once. */
    public void start() {
        synchronized (state) {
            if (started || closed) {
                return;
            }
            started = true;
        }
        Thread thread = new Thread(this::run, "redis-state-tracking");
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        long pause = 50;
        try (ShardLinks nodes = nodes()) {
            while (!closed) {
                try {
                    follow(nodes);
                    pause = 50;
                    await(CHECK.toMillis());
                } catch (RuntimeException ex) {
                    lost(ex);
                    closeLinks();
                    await(pause);
                    pause = Math.min(2 * pause, LONGEST_PAUSE.toMillis());
                }
            }
        } catch (InterruptedException ex) {
            LOG.debug("Tracking ends: interrupted", ex);
        } finally {
            lost(null);
            closeLinks();
        }
    }

    private void await(long millis) throws InterruptedException {
        if (news.tryAcquire(millis, TimeUnit.MILLISECONDS)) {
            news.drainPermits();
        }
    }

    private ShardLinks nodes() {
        if (JEDIS_PRESENT && connections instanceof JedisConnectionFactory jedis) {
            return new JedisShardLinks(jedis);
        }
        if (LETTUCE_PRESENT && connections instanceof LettuceConnectionFactory lettuce) {
            return new LettuceShardLinks(lettuce);
        }
        throw new IllegalArgumentException("Neither a JedisConnectionFactory nor a LettuceConnectionFactory: "
                + connections.getClass().getName());
    }

    /** Makes the links those of the primaries there are now. */
    private void follow(ShardLinks nodes) {
        if (prefixesChanged) {
            prefixesChanged = false;
            lost(null);
            closeLinks();
        }
        Set<String> primaries = nodes.primaries();
        if (!primaries.equals(links.keySet()) || links.values().stream().anyMatch(link -> !link.isOpen())) {
            lost(null);
        }
        links.entrySet().removeIf(link -> {
            boolean useless =
                    !primaries.contains(link.getKey()) || !link.getValue().isOpen();
            if (useless) {
                link.getValue().close();
            }
            return useless;
        });
        for (String primary : primaries) {
            if (!links.containsKey(primary)) {
                links.put(primary, nodes.track(primary, prefixList(), new Heard()));
            }
        }
        links.values().forEach(TrackingLink::check);
        becomeLive();
    }

    private List<String> prefixList() {
        synchronized (prefixes) {
            return new ArrayList<>(prefixes);
        }
    }

    private void becomeLive() {
        synchronized (state) {
            // A link that broke after this check finds the state live and takes it back.
            if (!live && !closed && links.values().stream().allMatch(TrackingLink::isOpen)) {
                live = true;
                warned = false;
                listener.live();
            }
        }
    }

    private void lost(@Nullable Throwable reason) {
        synchronized (state) {
            if (live) {
                live = false;
                listener.lost();
            }
            if (reason != null && !closed && !warned) {
                warned = true;
                LOG.warn("Changes of keys are not heard at the moment, and are asked for instead: " + reason);
            }
        }
    }

    private void closeLinks() {
        links.values().forEach(TrackingLink::close);
        links.clear();
    }

    @Override
    public void close() {
        closed = true;
        lost(null);
        news.release();
    }

    /** What one link hears. */
    private final class Heard implements TrackingLink.Events {

        @Override
        public void changed(String key) {
            listener.changed(key);
        }

        @Override
        public void changedAll() {
            synchronized (state) {
                if (live) {
                    listener.lost();
                    listener.live();
                }
            }
        }

        @Override
        public void lost(Throwable reason) {
            KeyTracking.this.lost(reason);
            news.release();
        }
    }
}
