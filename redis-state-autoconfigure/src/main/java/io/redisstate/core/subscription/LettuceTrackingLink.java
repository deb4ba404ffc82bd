package io.redisstate.core.subscription;

import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.RedisConnectionStateListener;
import io.lettuce.core.RedisException;
import io.lettuce.core.StatefulRedisConnectionImpl;
import io.lettuce.core.TrackingArgs;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.push.PushMessage;
import io.lettuce.core.protocol.ProtocolVersion;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/** A connection of Lettuce that is told by pushes (RESP 3); closed when lost, so that Lettuce does not renew it untracked. */
final class LettuceTrackingLink implements TrackingLink, RedisConnectionStateListener {

    static final String NEEDS_PUSHES = "hearing changes with Lettuce needs RESP 3, its default: don't set"
            + " ClientOptions.protocolVersion to RESP2, or use Jedis";

    private final StatefulRedisConnection<byte[], byte[]> connection;
    private final Events events;
    private final AtomicBoolean open = new AtomicBoolean(true);
    private volatile long lastHeard = System.nanoTime();
    private long asked = lastHeard;

    LettuceTrackingLink(StatefulRedisConnection<byte[], byte[]> connection, List<String> prefixes, Events events) {
        this.connection = connection;
        this.events = events;
        connection.addListener((RedisConnectionStateListener) this);
        connection.addListener(this::onPush);
        try {
            if (connection instanceof StatefulRedisConnectionImpl<?, ?> known
                    && known.getConnectionState().getNegotiatedProtocolVersion() == ProtocolVersion.RESP2) {
                // The server would agree, and never tell anything.
                throw new RedisException(NEEDS_PUSHES);
            }
            TrackingArgs tracking = TrackingArgs.Builder.enabled().bcast().prefixes(prefixes.toArray(String[]::new));
            connection.sync().clientTracking(tracking);
        } catch (RuntimeException ex) {
            close();
            throw ex;
        }
    }

    private void onPush(PushMessage message) {
        lastHeard = System.nanoTime();
        if (!message.getType().equals("invalidate")) {
            return;
        }
        Object keys = message.getContent().get(1);
        if (keys instanceof List<?> list) {
            list.forEach(key -> events.changed(StandardCharsets.UTF_8
                    .decode(((ByteBuffer) key).duplicate())
                    .toString()));
        } else {
            events.changedAll();
        }
    }

    @Override
    public void onRedisDisconnected(RedisChannelHandler<?, ?> lost) {
        end(new RedisException("The connection was closed"));
    }

    @Override
    public void check() {
        long now = System.nanoTime();
        if (lastHeard - asked < 0) {
            if (now - asked > KeyTracking.PATIENCE.toNanos()) {
                end(new RedisException("The node gives no sign of life"));
            }
            return;
        }
        asked = now;
        var unused = connection.async().ping().thenAccept(pong -> lastHeard = System.nanoTime());
    }

    @Override
    public boolean isOpen() {
        return open.get();
    }

    private void end(RedisException reason) {
        if (open.compareAndSet(true, false)) {
            var unused = connection.closeAsync();
            events.lost(reason);
        }
    }

    @Override
    public void close() {
        if (open.compareAndSet(true, false)) {
            var unused = connection.closeAsync();
        }
    }
}
