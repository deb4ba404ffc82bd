package io.redisstate.autoconfigure.pubsub;

import io.redisstate.pubsub.Overflow;
import java.time.Duration;
import java.util.Set;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;

/**
 * Pub/sub.
 *
 * @param enabled whether pub/sub is configured
 * @param queueCapacity how many messages may wait for a listener, from 1
 * @param overflow what happens to a message that comes while so many wait
 * @param drain how long waiting messages may still be handled when the application stops
 * @param check after how long without a message the server is asked for a sign of life; a subscription that gives none for
 *     as long again is renewed
 * @param broadcast application events that reach all instances
 * @since 0.1
 */
@ConfigurationProperties(PubSubProperties.PREFIX)
public record PubSubProperties(
        @DefaultValue("true") boolean enabled,
        @DefaultValue("10000") int queueCapacity,
        @DefaultValue("drop-oldest") Overflow overflow,
        @DefaultValue("10s") Duration drain,
        @DefaultValue("10s") Duration check,
        @DefaultValue Broadcast broadcast) {

    static final String PREFIX = "redis-state.pubsub";

    /** @throws InvalidConfigurationPropertyValueException naming the property that can't be used */
    public PubSubProperties {
        require(queueCapacity >= 1, "queue-capacity", queueCapacity, "It must be a number of messages from 1.");
        require(check.toMillis() >= 100, "check", check, "It must be at least 100 ms.");
        require(!drain.isNegative(), "drain", drain, "It must not be negative.");
    }

    /**
     * Application events that reach all instances: those of classes annotated with @Broadcast in the application's
     * packages, and those named here.
     *
     * @param enabled whether events are broadcast
     * @param types further classes of events
     */
    public record Broadcast(@DefaultValue("true") boolean enabled, @DefaultValue Set<Class<?>> types) {}

    private static void require(boolean allowed, String name, Object given, String reason) {
        if (!allowed) {
            throw new InvalidConfigurationPropertyValueException(PREFIX + '.' + name, given, reason);
        }
    }
}
