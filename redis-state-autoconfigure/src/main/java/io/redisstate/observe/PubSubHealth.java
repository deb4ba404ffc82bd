package io.redisstate.observe;

import io.redisstate.pubsub.PubSubListener;
import io.redisstate.pubsub.PubSubListeners;
import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;

/**
 * Health of the pub/sub listeners: down if they have been started and not all are subscribed, when messages are being missed.
 * Each is a detail with its topics and what waits for it; no round trips.
 *
 * @since 0.1
 */
public final class PubSubHealth extends AbstractHealthIndicator {

    private final PubSubListeners listeners;

    /** Health of these listeners. */
    public PubSubHealth(PubSubListeners listeners) {
        super("The health of pub/sub listeners could not be found out");
        this.listeners = listeners;
    }

    @Override
    protected void doHealthCheck(Health.Builder builder) {
        boolean listening = !listeners.isRunning() || listeners.isListening();
        builder.status(listening ? Status.UP : Status.DOWN);
        builder.withDetail("running", listeners.isRunning());
        for (PubSubListener listener : listeners.all()) {
            Map<String, Object> details = new LinkedHashMap<>();
            details.put("topics", listener.topics());
            details.put("received", listener.received());
            details.put("queued", listener.queued());
            builder.withDetail(listener.id(), details);
        }
    }
}
