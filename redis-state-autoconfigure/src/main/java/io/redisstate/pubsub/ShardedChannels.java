package io.redisstate.pubsub;

import io.redisstate.core.subscription.ShardedSubscription;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.data.redis.connection.RedisConnectionFactory;

/** The sharded channels of some listeners. */
final class ShardedChannels implements Subscription, ShardedSubscription.Listener {

    private final Map<String, List<PubSubListener>> listeners = new HashMap<>();
    private final Set<String> known = ConcurrentHashMap.newKeySet();
    private final ShardedSubscription subscription;

    ShardedChannels(RedisConnectionFactory connections, Collection<PubSubListener> listeners) {
        listeners.forEach(listener -> listener.topics().forEach(channel -> this.listeners
                .computeIfAbsent(channel, key -> new ArrayList<>())
                .add(listener)));
        this.subscription = new ShardedSubscription(connections, this.listeners.keySet(), this);
    }

    @Override
    public void message(byte[] channel, byte[] body) {
        ReceivedMessage message = new ReceivedMessage(new String(channel, StandardCharsets.UTF_8), null, body);
        listeners.getOrDefault(message.channel(), List.of()).forEach(listener -> listener.receive(message));
    }

    @Override
    public void subscribed(String channel) {
        if (!known.add(channel)) {
            listeners.getOrDefault(channel, List.of()).forEach(PubSubListener::renewed);
        }
    }

    @Override
    public void start() {
        subscription.start();
    }

    @Override
    public boolean awaitListening(Duration limit) {
        return subscription.awaitListening(limit);
    }

    @Override
    public boolean isListening() {
        return subscription.isListening();
    }

    @Override
    public void close() {
        subscription.close();
    }
}
