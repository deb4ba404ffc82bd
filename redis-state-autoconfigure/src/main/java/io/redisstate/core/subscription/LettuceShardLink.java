package io.redisstate.core.subscription;

import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.RedisConnectionStateListener;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.RedisPubSubListener;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import io.redisstate.core.KeySpace;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

/** A pub/sub connection of Lettuce, closed when it is lost so that Lettuce does not renew it at the same node. */
final class LettuceShardLink extends RedisPubSubAdapter<byte[], byte[]>
        implements ShardLink, RedisConnectionStateListener {

    private final StatefulRedisPubSubConnection<byte[], byte[]> connection;
    private final Events events;
    private final Set<String> channels = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean open = new AtomicBoolean(true);
    private volatile boolean heard = true;
    private volatile boolean delivering;

    LettuceShardLink(StatefulRedisPubSubConnection<byte[], byte[]> connection, Events events) {
        this.connection = connection;
        this.events = events;
        connection.addListener((RedisPubSubListener<byte[], byte[]>) this);
        connection.addListener((RedisConnectionStateListener) this);
    }

    @Override
    public void smessage(byte[] channel, byte[] body) {
        delivering = true;
        try {
            events.message(channel, body);
        } finally {
            heard = true;
            delivering = false;
        }
    }

    @Override
    public void ssubscribed(byte[] channel, long count) {
        events.subscribed(this, text(channel));
    }

    @Override
    public void sunsubscribed(byte[] channel, long count) {
        if (channels.remove(text(channel))) {
            events.unsubscribed(this, text(channel));
        }
    }

    @Override
    public void onRedisDisconnected(RedisChannelHandler<?, ?> lost) {
        end(new RedisException("The connection was closed"));
    }

    @Override
    public void subscribe(String channel) {
        channels.add(channel);
        RedisFuture<Void> reply = connection.async().ssubscribe(KeySpace.bytes(channel));
        var unused = reply.whenComplete((nothing, failure) -> {
            if (failure != null && channels.remove(channel)) {
                events.unsubscribed(this, channel);
            }
        });
    }

    @Override
    public void unsubscribe(String channel) {
        channels.remove(channel);
        var unused = connection.async().sunsubscribe(KeySpace.bytes(channel));
    }

    @Override
    public void check() {
        if (!heard && !delivering) {
            end(new RedisException("The node gives no sign of life"));
            return;
        }
        heard = delivering;
        var unused = connection.async().ping().thenAccept(pong -> heard = true);
    }

    @Override
    public boolean isOpen() {
        return open.get();
    }

    @Override
    public void close() {
        if (open.compareAndSet(true, false)) {
            var unused = connection.closeAsync();
        }
    }

    private void end(RedisException reason) {
        if (open.compareAndSet(true, false)) {
            var unused = connection.closeAsync();
            events.lost(this, reason);
        }
    }

    private static String text(byte[] channel) {
        return new String(channel, StandardCharsets.UTF_8);
    }
}
