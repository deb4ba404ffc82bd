package io.redisstate.core.subscription;

import io.redisstate.core.KeySpace;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.data.redis.connection.ClusterSlotHashUtil;
import redis.clients.jedis.Connection;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisRedirectionException;

/** A connection of Jedis with a thread that reads it; other threads write to it, one at a time. */
final class JedisShardLink implements ShardLink {

    private static final Log LOG = LogFactory.getLog(JedisShardLink.class);

    private final Connection connection;
    private final Events events;
    private final Set<String> channels = ConcurrentHashMap.newKeySet();
    private final Object writing = new Object();
    private volatile boolean open = true;
    private volatile boolean heard = true;
    private volatile boolean delivering;

    JedisShardLink(HostAndPort node, JedisClientConfig config, Events events) {
        this.events = events;
        this.connection = new Connection(node, config);
        connection.setTimeoutInfinite();
        Thread reader = new Thread(this::read, "redis-state-sharded-" + node);
        reader.setDaemon(true);
        reader.start();
    }

    private void read() {
        try {
            while (open) {
                readOne();
            }
        } catch (RuntimeException ex) {
            if (end()) {
                events.lost(this, ex);
            }
        }
    }

    private void readOne() {
        Object reply;
        try {
            reply = connection.getUnflushedObject();
        } catch (JedisRedirectionException ex) {
            refused(ex.getSlot());
            return;
        } catch (JedisDataException ex) {
            // Sent in answer to SSUBSCRIBE: LOADING, CLUSTERDOWN, NOPERM; the whole link is tried again.
            throw new JedisConnectionException(ex.getMessage(), ex);
        }
        heard = true;
        if (reply instanceof List<?> push && push.size() > 1 && push.get(0) instanceof byte[] kind) {
            dispatch(new String(kind, StandardCharsets.US_ASCII), push);
        }
    }

    private void dispatch(String kind, List<?> push) {
        switch (kind) {
            case "smessage" -> deliver((byte[]) push.get(1), (byte[]) push.get(2));
            case "ssubscribe" -> events.subscribed(this, text(push.get(1)));
            case "sunsubscribe" -> ended(push.get(1));
            default -> LOG.trace(kind);
        }
    }

    private void deliver(byte[] channel, byte[] body) {
        delivering = true;
        try {
            events.message(channel, body);
        } finally {
            heard = true;
            delivering = false;
        }
    }

    private void ended(@Nullable Object channel) {
        if (channel != null && channels.remove(text(channel))) {
            events.unsubscribed(this, text(channel));
        }
    }

    private void refused(int slot) {
        for (String channel : List.copyOf(channels)) {
            if (ClusterSlotHashUtil.calculateSlot(channel) == slot && channels.remove(channel)) {
                events.unsubscribed(this, channel);
            }
        }
    }

    private static String text(Object bytes) {
        return new String((byte[]) bytes, StandardCharsets.UTF_8);
    }

    @Override
    public void subscribe(String channel) {
        channels.add(channel);
        send(Command.SSUBSCRIBE, KeySpace.bytes(channel));
    }

    @Override
    public void unsubscribe(String channel) {
        channels.remove(channel);
        send(Command.SUNSUBSCRIBE, KeySpace.bytes(channel));
    }

    @Override
    public void check() {
        if (!heard && !delivering && end()) {
            events.lost(this, new JedisConnectionException("The node gives no sign of life"));
            return;
        }
        heard = delivering;
        send(Command.PING);
    }

    private void send(Command command, byte[]... arguments) {
        synchronized (writing) {
            connection.sendCommand(command, arguments);
            connection.getMany(0); // flushes, which Jedis offers no other way
        }
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    @Override
    public void close() {
        end();
    }

    /** Whether this call was the one that ended it. */
    private boolean end() {
        synchronized (channels) {
            if (!open) {
                return false;
            }
            open = false;
        }
        try {
            connection.forceDisconnect();
        } catch (IOException ex) {
            LOG.debug("A subscribed connection was gone before it was closed", ex);
        }
        return true;
    }
}
