package io.redisstate.core.subscription;

import io.redisstate.core.KeySpace;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Connection;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisConnectionException;

/** A connection of Jedis that tracks for itself: it redirects the invalidations to its own subscription (RESP 2). */
final class JedisTrackingLink implements TrackingLink {

    private static final Log LOG = LogFactory.getLog(JedisTrackingLink.class);

    private final Connection connection;
    private final Events events;
    private final Object writing = new Object();
    private final AtomicBoolean open = new AtomicBoolean(true);
    private volatile long lastHeard = System.nanoTime();
    private long asked = lastHeard;

    JedisTrackingLink(HostAndPort node, JedisClientConfig config, List<String> prefixes, Events events) {
        this.events = events;
        this.connection = new Connection(
                node,
                DefaultJedisClientConfig.builder().from(config).protocol(null).build());
        try {
            begin(prefixes);
        } catch (RuntimeException ex) {
            close();
            throw ex;
        }
        connection.setTimeoutInfinite();
        Thread reader = new Thread(this::read, "redis-state-tracking-" + node);
        reader.setDaemon(true);
        reader.start();
    }

    private void begin(List<String> prefixes) {
        connection.sendCommand(Command.CLIENT, "ID");
        long id = connection.getIntegerReply();
        List<String> words = new ArrayList<>(List.of("TRACKING", "ON", "REDIRECT", Long.toString(id), "BCAST"));
        prefixes.forEach(prefix -> words.addAll(List.of("PREFIX", prefix)));
        connection.sendCommand(Command.CLIENT, words.toArray(String[]::new));
        connection.getStatusCodeReply();
        connection.sendCommand(Command.SUBSCRIBE, CHANNEL);
        connection.getOne();
    }

    private void read() {
        try {
            while (open.get()) {
                Object reply = connection.getUnflushedObject();
                lastHeard = System.nanoTime();
                if (reply instanceof List<?> push
                        && push.size() == 3
                        && push.get(0) instanceof byte[] kind
                        && Arrays.equals(kind, KeySpace.bytes("message"))) {
                    tell(push.get(2));
                }
            }
        } catch (RuntimeException ex) {
            end(ex);
        }
    }

    private void tell(@Nullable Object keys) {
        if (keys instanceof List<?> list) {
            list.forEach(key -> events.changed(new String((byte[]) key, StandardCharsets.UTF_8)));
        } else {
            events.changedAll();
        }
    }

    @Override
    public void check() {
        long now = System.nanoTime();
        if (lastHeard - asked < 0) {
            if (now - asked > KeyTracking.PATIENCE.toNanos()) {
                end(new JedisConnectionException("The node gives no sign of life"));
            }
            return;
        }
        asked = now;
        try {
            synchronized (writing) {
                connection.sendCommand(Command.PING);
                connection.getMany(0); // flushes, which Jedis offers no other way
            }
        } catch (RuntimeException ex) {
            end(ex);
        }
    }

    @Override
    public boolean isOpen() {
        return open.get();
    }

    private void end(RuntimeException reason) {
        if (open.compareAndSet(true, false)) {
            disconnect();
            events.lost(reason);
        }
    }

    @Override
    public void close() {
        if (open.compareAndSet(true, false)) {
            disconnect();
        }
    }

    private void disconnect() {
        try {
            connection.forceDisconnect();
        } catch (IOException ex) {
            LOG.debug("A tracking connection was gone before it was closed", ex);
        }
    }
}
