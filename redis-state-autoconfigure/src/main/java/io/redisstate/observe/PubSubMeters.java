package io.redisstate.observe;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.redisstate.pubsub.PubSubListener;
import io.redisstate.pubsub.PubSubListeners;
import java.util.concurrent.TimeUnit;

/**
 * Meters of each pub/sub listener, with its id as the tag {@code listener}: {@code redis.state.pubsub.received},
 * {@code .handled} (a timer), {@code .failed}, {@code .dropped}, {@code .renewals} and the gauge {@code .queued}.
 *
 * @since 0.1
 */
public final class PubSubMeters implements MeterBinder {

    private static final String PREFIX = "redis.state.pubsub.";

    private final PubSubListeners listeners;

    /** Meters of these listeners, and of those added later. */
    public PubSubMeters(PubSubListeners listeners) {
        this.listeners = listeners;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        listeners.watch(listener -> bind(registry, listener));
    }

    private static void bind(MeterRegistry registry, PubSubListener listener) {
        Tags tags = Tags.of("listener", listener.id());
        FunctionCounter.builder(PREFIX + "received", listener, PubSubListener::received)
                .description("Messages that have come for the listener")
                .tags(tags)
                .register(registry);
        FunctionTimer.builder(
                        PREFIX + "handled",
                        listener,
                        PubSubListener::handled,
                        one -> one.handlingTime().toNanos(),
                        TimeUnit.NANOSECONDS)
                .description("Calls of the listener's handler")
                .tags(tags)
                .register(registry);
        FunctionCounter.builder(PREFIX + "failed", listener, PubSubListener::failed)
                .description("Messages the handler failed with")
                .tags(tags)
                .register(registry);
        FunctionCounter.builder(PREFIX + "dropped", listener, PubSubListener::dropped)
                .description("Messages dropped because the listener's queue was full, or because it ended")
                .tags(tags)
                .register(registry);
        FunctionCounter.builder(PREFIX + "renewals", listener, PubSubListener::renewals)
                .description("Channels and patterns subscribed anew; messages published meanwhile were missed")
                .tags(tags)
                .register(registry);
        Gauge.builder(PREFIX + "queued", listener, PubSubListener::queued)
                .description("Messages waiting for the listener")
                .tags(tags)
                .register(registry);
    }
}
