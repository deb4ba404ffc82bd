package io.redisstate.observe;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.redisstate.stream.container.ContainerStatistics;
import io.redisstate.stream.container.StreamContainer;
import io.redisstate.stream.listener.StreamListenerRegistry;
import java.util.function.ToDoubleFunction;

/**
 * Meters of each stream listener, with its id, stream and group as the tags {@code listener}, {@code stream} and
 * {@code group}: counters {@code redis.state.stream.read}, {@code .redelivered}, {@code .handled}, {@code .failed},
 * {@code .dead-lettered}, {@code .skipped}, {@code .lost}, {@code .taken-away}, {@code .outages}; gauges
 * {@code .in-flight}, {@code .pending}, {@code .lag} and {@code .waiting} of the group. They cost no round trips.
 *
 * @since 0.1
 */
public final class StreamMeters implements MeterBinder {

    private static final String PREFIX = "redis.state.stream.";

    private final StreamListenerRegistry listeners;

    /** Meters of the listeners of a registry, and of those added later. */
    public StreamMeters(StreamListenerRegistry listeners) {
        this.listeners = listeners;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        listeners.watch(container -> bind(registry, container));
    }

    private static void bind(MeterRegistry registry, StreamContainer container) {
        counter(registry, container, "read", "Messages read as new ones", ContainerStatistics::read);
        counter(
                registry,
                container,
                "redelivered",
                "Messages taken up again: due for another try, or left by a consumer",
                ContainerStatistics::redelivered);
        counter(registry, container, "handled", "Messages acknowledged", ContainerStatistics::handled);
        counter(registry, container, "failed", "Failed attempts", ContainerStatistics::failed);
        counter(registry, container, "dead-lettered", "Messages given up", ContainerStatistics::deadLettered);
        counter(registry, container, "skipped", "Messages handled before", ContainerStatistics::skipped);
        counter(
                registry,
                container,
                "lost",
                "Messages trimmed or deleted before they were handled",
                ContainerStatistics::lost);
        counter(
                registry,
                container,
                "taken-away",
                "Messages that others had taken over before they were settled",
                ContainerStatistics::takenAway);
        counter(registry, container, "outages", "How often Redis was lost", ContainerStatistics::outages);
        gauge(registry, container, "in-flight", "Messages read and not settled", ContainerStatistics::inFlight);
        gauge(registry, container, "pending", "Messages the group has not acknowledged", ContainerStatistics::pending);
        gauge(
                registry,
                container,
                "lag",
                "Messages the group has not been given; -1 if Redis can't say",
                ContainerStatistics::lag);
        gauge(
                registry,
                container,
                "waiting",
                "Messages of an ordered group that have been read, most of them waiting for others of their keys",
                ContainerStatistics::waiting);
    }

    private static void counter(
            MeterRegistry registry,
            StreamContainer container,
            String name,
            String description,
            ToDoubleFunction<ContainerStatistics> value) {
        FunctionCounter.builder(PREFIX + name, container, it -> value.applyAsDouble(it.statistics()))
                .description(description)
                .tags(tags(container))
                .register(registry);
    }

    private static void gauge(
            MeterRegistry registry,
            StreamContainer container,
            String name,
            String description,
            ToDoubleFunction<ContainerStatistics> value) {
        Gauge.builder(PREFIX + name, container, it -> value.applyAsDouble(it.statistics()))
                .description(description)
                .tags(tags(container))
                .register(registry);
    }

    private static Tags tags(StreamContainer container) {
        return Tags.of(
                "listener", container.id(),
                "stream", container.options().stream(),
                "group", container.options().group());
    }
}
