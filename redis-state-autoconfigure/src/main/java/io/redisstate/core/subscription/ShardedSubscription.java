package io.redisstate.core.subscription;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.connection.jedis.JedisConnectionFactory;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.util.ClassUtils;
import org.springframework.util.backoff.BackOffExecution;
import org.springframework.util.backoff.ExponentialBackOff;

/**
 * A subscription to sharded channels (SSUBSCRIBE, Redis 7) that stands until it is closed. On a cluster it follows a
 * channel's slot to its new node: when the server ends the subscription because the slot has moved, when the connection is
 * lost, and by a look at the cluster every 10 s. It subscribes again at once, then after pauses of 50 ms to 1 s.
 *
 * <p>Takes one connection for each node that serves one of the channels, none of them from a pool, and one thread.
 * Thread-safe.
 *
 * @since 0.1
 */
public final class ShardedSubscription implements AutoCloseable {

    /** What a subscription hears; called on a thread of the client, with Lettuce its event loop. */
    public interface Listener {

        /** A message; those of one channel come in the order of their publication. */
        void message(byte[] channel, byte[] body);

        /** The server has confirmed a subscription, the first time or anew: then messages may have been missed. */
        void subscribed(String channel);
    }

    private static final Log LOG = LogFactory.getLog(ShardedSubscription.class);
    private static final boolean JEDIS_PRESENT =
            ClassUtils.isPresent("redis.clients.jedis.Connection", ShardedSubscription.class.getClassLoader());
    private static final boolean LETTUCE_PRESENT =
            ClassUtils.isPresent("io.lettuce.core.RedisClient", ShardedSubscription.class.getClassLoader());
    private static final long CHECK_MILLIS = 10_000;

    private final Set<String> channels;
    private final Listener listener;
    private final ShardLinks links;
    private final Events events = new Events();
    private final Map<String, ShardLink> linkOfNode = new HashMap<>();
    private final Map<String, ShardLink> linkOfChannel = new ConcurrentHashMap<>();
    private final Set<String> listening = ConcurrentHashMap.newKeySet();
    private final Object monitor = new Object();
    private boolean trouble;
    private boolean stood;
    private volatile boolean closed;

    /**
     * Prepares a subscription; {@link #start()} begins it.
     *
     * @param connections of Jedis or Lettuce, for one server, Sentinel or a cluster
     * @param channels at least one
     * @throws IllegalArgumentException if the factory is of another kind
     */
    public ShardedSubscription(RedisConnectionFactory connections, Collection<String> channels, Listener listener) {
        this.channels = Set.copyOf(channels);
        this.listener = listener;
        this.links = linksOf(connections);
    }

    private static ShardLinks linksOf(RedisConnectionFactory connections) {
        if (JEDIS_PRESENT && connections instanceof JedisConnectionFactory jedis) {
            return new JedisShardLinks(jedis);
        }
        if (LETTUCE_PRESENT && connections instanceof LettuceConnectionFactory lettuce) {
            return new LettuceShardLinks(lettuce);
        }
        throw new IllegalArgumentException(
                "Sharded channels need a JedisConnectionFactory or a LettuceConnectionFactory,"
                        + " but the connections are of "
                        + connections.getClass().getName());
    }

    /** Begins; never waits for Redis. */
    public void start() {
        Thread thread = new Thread(this::standUntilClosed, "redis-state-sharded");
        thread.setDaemon(true);
        thread.start();
    }

    /** Waits until all channels are subscribed; false if they aren't in time or the thread is interrupted, its flag set. */
    public boolean awaitListening(Duration limit) {
        long deadline = System.nanoTime() + limit.toNanos();
        synchronized (monitor) {
            try {
                long left = deadline - System.nanoTime();
                while (!isListening() && left > 0 && !closed) {
                    TimeUnit.NANOSECONDS.timedWait(monitor, left);
                    left = deadline - System.nanoTime();
                }
            } catch (InterruptedException ex) {
                Thread.currentThread().interrupt();
            }
            return isListening();
        }
    }

    /** Whether all channels are subscribed. */
    public boolean isListening() {
        return listening.size() == channels.size();
    }

    private void standUntilClosed() {
        BackOffExecution pauses = newPauses();
        boolean told = false;
        while (!closed) {
            RuntimeException failure = assign();
            boolean again = awaitTrouble(failure == null ? CHECK_MILLIS : 0) || failure != null;
            if (endStanding()) {
                pauses = newPauses();
                told = false;
            } else if (again && !closed) {
                if (!told && failure != null) {
                    told = true;
                    LOG.warn("No subscription to the sharded channels " + channels + "; trying on: " + failure);
                }
                pause(pauses.nextBackOff());
            }
        }
        linkOfNode.values().forEach(ShardLink::close);
        links.close();
    }

    /** Sees to it that each channel is subscribed where its slot is now. */
    private @Nullable RuntimeException assign() {
        try {
            Map<String, String> owners = links.owners(channels);
            for (String channel : channels) {
                String owner = owners.get(channel);
                if (owner == null) {
                    throw new IllegalStateException("No node serves the channel " + channel);
                }
                assign(channel, linkTo(owner));
            }
            Set<ShardLink> used = new HashSet<>(linkOfChannel.values());
            linkOfNode.values().removeIf(link -> {
                if (used.contains(link)) {
                    link.check();
                    return false;
                }
                link.close();
                return true;
            });
            return null;
        } catch (RuntimeException ex) {
            LOG.debug("Could not subscribe to all of " + channels, ex);
            return ex;
        }
    }

    private ShardLink linkTo(String node) {
        ShardLink present = linkOfNode.get(node);
        if (present != null && present.isOpen()) {
            return present;
        }
        ShardLink opened = links.open(node, events);
        linkOfNode.put(node, opened);
        return opened;
    }

    private void assign(String channel, ShardLink link) {
        ShardLink before = linkOfChannel.put(channel, link);
        if (before == link) {
            return;
        }
        if (before != null && before.isOpen()) {
            before.unsubscribe(channel);
        }
        link.subscribe(channel);
    }

    /** Waits for trouble, which it clears; false after the limit, or when the subscription has been closed. */
    private boolean awaitTrouble(long millis) {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        synchronized (monitor) {
            try {
                long left = deadline - System.nanoTime();
                while (!trouble && !closed && left > 0) {
                    TimeUnit.NANOSECONDS.timedWait(monitor, left);
                    left = deadline - System.nanoTime();
                }
            } catch (InterruptedException ex) {
                Thread.currentThread().interrupt();
                closed = true;
            }
            boolean was = trouble;
            trouble = false;
            return was && !closed;
        }
    }

    /** Whether all channels have been subscribed since the last call. */
    private boolean endStanding() {
        synchronized (monitor) {
            boolean was = stood;
            stood = isListening();
            return was;
        }
    }

    private void pause(long millis) {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        synchronized (monitor) {
            try {
                long left = deadline - System.nanoTime();
                while (!closed && left > 0) {
                    TimeUnit.NANOSECONDS.timedWait(monitor, left);
                    left = deadline - System.nanoTime();
                }
            } catch (InterruptedException ex) {
                Thread.currentThread().interrupt();
                closed = true;
            }
        }
    }

    private static BackOffExecution newPauses() {
        ExponentialBackOff pauses = new ExponentialBackOff(50, 2);
        pauses.setMaxInterval(1_000);
        pauses.setJitter(25);
        return pauses.start();
    }

    /** Ends the subscription without waiting for the server. */
    @Override
    public void close() {
        synchronized (monitor) {
            closed = true;
            monitor.notifyAll();
        }
    }

    private final class Events implements ShardLink.Events {

        @Override
        public void message(byte[] channel, byte[] body) {
            if (!closed) {
                listener.message(channel, body);
            }
        }

        @Override
        public void subscribed(ShardLink link, String channel) {
            if (linkOfChannel.get(channel) != link) {
                return;
            }
            synchronized (monitor) {
                listening.add(channel);
                stood |= isListening();
                monitor.notifyAll();
            }
            listener.subscribed(channel);
        }

        @Override
        public void unsubscribed(ShardLink link, String channel) {
            if (linkOfChannel.remove(channel, link)) {
                troubled(channel);
            }
        }

        @Override
        public void lost(ShardLink link, Throwable reason) {
            boolean used = false;
            for (String channel : channels) {
                if (linkOfChannel.remove(channel, link)) {
                    used = true;
                    troubled(channel);
                }
            }
            if (used && !closed) {
                LOG.warn("A connection of the sharded channels " + channels + " was lost and is being renewed: "
                        + reason);
            }
        }

        private void troubled(String channel) {
            synchronized (monitor) {
                listening.remove(channel);
                trouble = true;
                monitor.notifyAll();
            }
        }
    }
}
