package io.redisstate.observe;

import io.redisstate.stream.container.ContainerState;
import io.redisstate.stream.container.ContainerStatistics;
import io.redisstate.stream.container.StreamContainer;
import io.redisstate.stream.listener.StreamListenerRegistry;
import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/**
 * Health of the stream listeners: down if one that has been started does not work, because its thread has ended or because it
 * can't reach Redis. One that was not started, or is paused, or whose circuit is open, is as it should be. Each is a
 * detail with its state, its consumer's name and what is left to do; no round trips.
 *
 * @since 0.1
 */
public final class StreamHealth extends AbstractHealthIndicator {

    private final StreamListenerRegistry listeners;

    /** Health of the listeners of a registry. */
    public StreamHealth(StreamListenerRegistry listeners) {
        super("The health of stream listeners could not be found out");
        this.listeners = listeners;
    }

    @Override
    protected void doHealthCheck(Health.Builder builder) {
        builder.up();
        for (StreamContainer container : listeners.containers()) {
            ContainerStatistics statistics = container.statistics();
            boolean stopping = statistics.state() == ContainerState.STOPPING;
            boolean dead = container.isRunning() && !stopping && !container.isAlive();
            if (dead || statistics.state() == ContainerState.DISCONNECTED) {
                builder.down();
            }
            Map<String, Object> details = new LinkedHashMap<>();
            details.put("state", dead ? "DEAD" : statistics.state().name());
            details.put("stream", container.options().stream());
            details.put("group", container.options().group());
            details.put("consumer", statistics.consumer());
            details.put("inFlight", statistics.inFlight());
            details.put("pending", statistics.pending());
            details.put("lag", statistics.lag());
            details.put("waiting", statistics.waiting());
            builder.withDetail(container.id(), details);
        }
    }
}
