package io.redisstate.pubsub.event;

import io.redisstate.core.JsonCodec;
import io.redisstate.core.KeySpace;
import io.redisstate.pubsub.ListenerOptions;
import io.redisstate.pubsub.MessagePublisher;
import io.redisstate.pubsub.PubSubListeners;
import io.redisstate.pubsub.ReceivedMessage;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationEvent;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.ApplicationListener;
import org.springframework.context.PayloadApplicationEvent;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Publishes chosen application events in all other instances of the application.
 *
 * <p>An event is sent when its publication reaches this listener, in a transaction after its commit; the other instances
 * publish it on a thread of their own, in the order in which each instance sent its events. Nothing is kept: an instance
 * that is not connected misses an event. A failure to send is logged, and does not fail the publication. Names of classes
 * in messages are only looked up among the given ones.
 *
 * @since 0.1
 */
public final class EventBroadcast implements ApplicationListener<PayloadApplicationEvent<?>> {

    private static final Log LOG = LogFactory.getLog(EventBroadcast.class);

    /** What another instance has sent and the thread is publishing here, which is not sent again. */
    private static final ThreadLocal<@Nullable Object> RECEIVED = new ThreadLocal<>();

    private final MessagePublisher publisher;
    private final JsonCodec codec;
    private final ApplicationEventPublisher events;
    private final String channel;
    private final String instance = UUID.randomUUID().toString();
    private final Map<Class<?>, String> names = new HashMap<>();
    private final Map<String, Class<?>> types = new HashMap<>();
    private final Set<String> unknown = ConcurrentHashMap.newKeySet();

    /**
     * A bridge, which listens if there is anything to listen for.
     *
     * @param keyPrefix what all keys and channels of the application start with; the channel is
     *     {@code <prefix>:pubsub:events}
     * @param types the classes of the events
     * @throws IllegalArgumentException if a class extends {@link ApplicationEvent}, or two have one name
     */
    public EventBroadcast(
            PubSubListeners listeners,
            ListenerOptions options,
            MessagePublisher publisher,
            JsonCodec codec,
            ApplicationEventPublisher events,
            String keyPrefix,
            Collection<? extends Class<?>> types) {
        this.publisher = publisher;
        this.codec = codec;
        this.events = events;
        this.channel = KeySpace.of(keyPrefix, "pubsub").shared("events");
        types.forEach(this::add);
        if (!types.isEmpty()) {
            listeners.listen("broadcast", List.of(channel), options.withSharded(false), this::receive);
        }
    }

    private void add(Class<?> type) {
        if (ApplicationEvent.class.isAssignableFrom(type)) {
            throw new IllegalArgumentException(
                    type.getName() + " can't be broadcast, as it extends ApplicationEvent; publish a plain object");
        }
        Broadcast annotation = AnnotatedElementUtils.findMergedAnnotation(type, Broadcast.class);
        String name = annotation == null || annotation.value().isEmpty() ? type.getName() : annotation.value();
        Class<?> other = types.put(name, type);
        if (other != null && other != type) {
            throw new IllegalArgumentException(
                    "Both " + other.getName() + " and " + type.getName() + " are broadcast as '" + name + "'");
        }
        names.put(type, name);
    }

    /** The channel that all instances listen to. */
    public String channel() {
        return channel;
    }

    /** The classes that are broadcast. */
    public Set<Class<?>> types() {
        return Set.copyOf(names.keySet());
    }

    /** On the publishing thread, whatever executor other listeners have: only there a received event is known as such. */
    @Override
    public boolean supportsAsyncExecution() {
        return false;
    }

    @Override
    public void onApplicationEvent(PayloadApplicationEvent<?> event) {
        Object payload = event.getPayload();
        String name = names.get(payload.getClass());
        if (name == null || payload == RECEIVED.get()) {
            return;
        }
        if (TransactionSynchronizationManager.isSynchronizationActive()
                && TransactionSynchronizationManager.isActualTransactionActive()) {
            TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {
                @Override
                public void afterCommit() {
                    send(name, payload);
                }
            });
        } else {
            send(name, payload);
        }
    }

    private void send(String name, Object payload) {
        try {
            byte[] head = KeySpace.bytes(instance + '\n' + name + '\n');
            byte[] json = codec.encode(payload);
            byte[] message = new byte[head.length + json.length];
            System.arraycopy(head, 0, message, 0, head.length);
            System.arraycopy(json, 0, message, head.length, json.length);
            long unused = publisher.publish(channel, message);
        } catch (RuntimeException ex) {
            LOG.error("The event " + name + " could not be sent to the other instances", ex);
        }
    }

    private void receive(ReceivedMessage message) {
        String text = new String(message.body(), StandardCharsets.UTF_8);
        int first = text.indexOf('\n');
        int second = text.indexOf('\n', first + 1);
        if (second < 0) {
            throw new IllegalArgumentException("Not a message of another instance, on channel " + channel);
        }
        if (text.substring(0, first).equals(instance)) {
            return;
        }
        String name = text.substring(first + 1, second);
        Class<?> type = types.get(name);
        if (type == null) {
            if (unknown.size() < 1_000 && unknown.add(name)) {
                LOG.warn("Another instance sends events that this one doesn't know, and ignores: " + name);
            }
            return;
        }
        Object payload = codec.decode(KeySpace.bytes(text.substring(second + 1)), type);
        if (payload != null) {
            RECEIVED.set(payload);
            try {
                events.publishEvent(payload);
            } finally {
                RECEIVED.remove();
            }
        }
    }
}
