package io.redisstate.autoconfigure.stream;

import io.redisstate.stream.AckMode;
import io.redisstate.stream.RetryPolicy;
import io.redisstate.stream.Trimming;
import io.redisstate.stream.container.ContainerOptions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;

/**
 * Streams.
 *
 * @param enabled whether streams are configured
 * @param publisher how messages are published
 * @param listener what holds for listeners whose annotation does not say otherwise
 * @param idempotencyRetention how long the store redisStreamIdempotencyStore remembers what has been handled
 * @param trimming how long single streams may become, by their names
 * @since 0.1
 */
@ConfigurationProperties(StreamProperties.PREFIX)
public record StreamProperties(
        @DefaultValue("true") boolean enabled,
        @DefaultValue Publisher publisher,
        @DefaultValue Listener listener,
        @DefaultValue("7d") Duration idempotencyRetention,
        @DefaultValue Map<String, Bound> trimming) {

    static final String PREFIX = "redis-state.stream";

    public StreamProperties {
        require(
                idempotencyRetention.toMillis() >= 1,
                "idempotency-retention",
                idempotencyRetention,
                "It must be a duration from 1 ms, such as 7d.");
    }

    Map<String, Trimming> toTrimmings() {
        Map<String, Trimming> all = new TreeMap<>();
        trimming.forEach((stream, bound) -> all.put(stream, bound.toTrimming("trimming." + stream)));
        return all;
    }

    /**
     * How messages are published.
     *
     * @param window how long a message key is remembered
     * @param trim how long streams may become that have no bound of their own
     */
    public record Publisher(@DefaultValue("10m") Duration window, @DefaultValue Bound trim) {

        public Publisher {
            require(
                    window.toMillis() >= 1,
                    "publisher.window",
                    window,
                    "It must be a duration from 1 ms, such as 10m.");
        }
    }

    /**
     * How long a stream may become.
     *
     * @param maxLength about how many entries it has at most; 0 for any number
     * @param maxAge about how old its entries are at most; 0 for any age
     * @param safe whether entries that a group still needs stay
     */
    public record Bound(
            @DefaultValue("0") long maxLength,
            @DefaultValue("0s") Duration maxAge,
            @DefaultValue("true") boolean safe) {

        Trimming toTrimming(String name) {
            require(maxLength >= 0, name + ".max-length", maxLength, "It must be a number from 0.");
            require(!maxAge.isNegative(), name + ".max-age", maxAge, "It must be a duration from 0.");
            require(
                    maxLength == 0 || maxAge.isZero(),
                    name + ".max-age",
                    maxAge,
                    "It must not be set together with max-length.");
            Trimming bound = maxLength > 0
                    ? Trimming.maxLength(maxLength)
                    : maxAge.isZero() ? Trimming.NONE : Trimming.maxAge(maxAge);
            return safe ? bound : bound.unsafe();
        }
    }

    /**
     * What holds for listeners whose annotation does not say otherwise.
     *
     * @param group the group; the application's name if empty
     * @param consumer what the consumer's name starts with; the host's name if empty
     * @param autoStartup whether listeners start with the application
     * @param concurrency how many messages, or batches, are handled at a time, 1 to 1000
     * @param batchSize how many messages are read at a time at most, 1 to 1000
     * @param maxInFlight how many messages are read and not yet settled at most; 0 for a batch for each of the concurrent
     *     handlers and one in reserve
     * @param maxWaiting how many messages of a group with an order may wait for others of their keys, 1000 to 10000000;
     *     the group reads nothing new while there are as many
     * @param block how long the server holds an empty read back
     * @param ackMode when messages are acknowledged
     * @param startFrom where a new group begins: earliest, latest or after an id
     * @param minIdle after which time without a sign of life a consumer's messages are taken over, from 100 ms
     * @param shutdownTimeout how long stopping waits for handlers
     * @param deadLetterLimit about how many dead letters each group keeps
     * @param retry what is done when a handler fails
     */
    public record Listener(
            @DefaultValue("") String group,
            @DefaultValue("") String consumer,
            @DefaultValue("true") boolean autoStartup,
            @DefaultValue("1") int concurrency,
            @DefaultValue("50") int batchSize,
            @DefaultValue("0") int maxInFlight,
            @DefaultValue("100000") int maxWaiting,
            @DefaultValue("2s") Duration block,
            @DefaultValue("batch") AckMode ackMode,
            @DefaultValue("earliest") String startFrom,
            @DefaultValue("60s") Duration minIdle,
            @DefaultValue("30s") Duration shutdownTimeout,
            @DefaultValue("10000") int deadLetterLimit,
            @DefaultValue Retry retry) {

        ContainerOptions toOptions(String application) {
            ContainerOptions.Builder builder = ContainerOptions.builder("any", group.isEmpty() ? application : group)
                    .concurrency(concurrency)
                    .batchSize(batchSize)
                    .maxInFlight(maxInFlight)
                    .maxWaiting(maxWaiting)
                    .block(block)
                    .ackMode(ackMode)
                    .startFrom(startFrom)
                    .minIdle(minIdle)
                    .shutdownTimeout(shutdownTimeout)
                    .deadLetterLimit(deadLetterLimit);
            if (!consumer.isEmpty()) {
                builder.consumer(consumer);
            }
            try {
                return builder.retry(retry.toPolicy()).build();
            } catch (IllegalArgumentException ex) {
                throw new InvalidConfigurationPropertyValueException(
                        PREFIX + ".listener", this, String.valueOf(ex.getMessage()), ex);
            }
        }
    }

    /**
     * What is done when a handler fails.
     *
     * @param maxAttempts how often a message is delivered at most, from 1
     * @param delay the wait after the first failure
     * @param multiplier by how much each wait is longer than the one before, from 1
     * @param maxDelay the longest wait
     * @param jitter by which share a wait is shorter or longer at random, 0 to 1
     */
    public record Retry(
            @DefaultValue("5") int maxAttempts,
            @DefaultValue("1s") Duration delay,
            @DefaultValue("2") double multiplier,
            @DefaultValue("5m") Duration maxDelay,
            @DefaultValue("0.2") double jitter) {

        RetryPolicy toPolicy() {
            try {
                return new RetryPolicy(maxAttempts, delay, multiplier, maxDelay, jitter, List.of(), List.of());
            } catch (IllegalArgumentException ex) {
                throw new InvalidConfigurationPropertyValueException(
                        PREFIX + ".listener.retry", this, String.valueOf(ex.getMessage()), ex);
            }
        }
    }

    private static void require(boolean allowed, String name, Object given, String reason) {
        if (!allowed) {
            throw new InvalidConfigurationPropertyValueException(PREFIX + '.' + name, given, reason);
        }
    }
}
