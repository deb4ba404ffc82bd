package io.redisstate.stream.container;

import io.redisstate.stream.AckMode;
import io.redisstate.stream.RetryPolicy;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.regex.Pattern;

/**
 * How a container consumes.
 *
 * @param id its name in this application
 * @param stream the stream
 * @param group the group; each group gets every message once
 * @param consumer what the name of the consumer starts with; the host's name by default. Where another live process has
 *     the name, a number is added
 * @param concurrency how many messages, or batches, are handled at a time
 * @param batchSize how many messages are read at a time at most
 * @param maxInFlight how many messages are read and not yet settled at most; 0 for a batch for each of the concurrent
 *     handlers, and one in reserve
 * @param maxWaiting how many messages of an ordered group may wait for others of their keys; the group reads nothing new
 *     while there are as many
 * @param block how long the server holds an empty read back; at most a second, in which other things become due
 * @param ackMode when messages are acknowledged
 * @param startFrom where a new group begins: {@code earliest}, {@code latest} or after an id
 * @param retry what is done when a handler fails
 * @param minIdle after which time without a sign of life a consumer is dead and others take over; a sign is given at each
 *     third of it at the latest
 * @param shutdownTimeout how long stopping waits for handlers
 * @param deadLetterLimit how many dead letters are kept, about
 * @since 0.1
 */
public record ContainerOptions(
        String id,
        String stream,
        String group,
        String consumer,
        int concurrency,
        int batchSize,
        int maxInFlight,
        int maxWaiting,
        Duration block,
        AckMode ackMode,
        String startFrom,
        RetryPolicy retry,
        Duration minIdle,
        Duration shutdownTimeout,
        int deadLetterLimit) {

    /** The first message there is. */
    public static final String EARLIEST = "earliest";

    /** The next message that comes. */
    public static final String LATEST = "latest";

    private static final Pattern ID = Pattern.compile("\\d+(-\\d+)?");
    private static final int MAX_BATCH = 1_000;
    private static final int MAX_IN_FLIGHT = 100_000;
    private static final int MAX_WAITING = 10_000_000;

    public ContainerOptions {
        requireName("id", id);
        requireName("stream", stream);
        requireName("group", group);
        requireName("consumer", consumer);
        require(!consumer.startsWith(":"), "consumer", consumer, "without a colon at its beginning");
        require(concurrency >= 1 && concurrency <= 1_000, "concurrency", concurrency, "from 1 to 1000");
        require(batchSize >= 1 && batchSize <= MAX_BATCH, "batch size", batchSize, "from 1 to " + MAX_BATCH);
        require(
                maxInFlight == 0 || maxInFlight >= batchSize && maxInFlight <= MAX_IN_FLIGHT,
                "number of messages in flight",
                maxInFlight,
                "0, or from the batch size to " + MAX_IN_FLIGHT);
        require(
                maxWaiting >= MAX_BATCH && maxWaiting <= MAX_WAITING,
                "number of waiting messages",
                maxWaiting,
                "from " + MAX_BATCH + " to " + MAX_WAITING);
        require(block.toMillis() >= 1, "block", block, "at least 1 ms");
        require(
                startFrom.equals(EARLIEST)
                        || startFrom.equals(LATEST)
                        || ID.matcher(startFrom).matches(),
                "start",
                startFrom,
                "earliest, latest or the id of an entry");
        require(minIdle.toMillis() >= 100, "idle time", minIdle, "at least 100 ms");
        require(!shutdownTimeout.isNegative(), "shutdown timeout", shutdownTimeout, "positive or zero");
        require(deadLetterLimit >= 1, "limit of dead letters", deadLetterLimit, "at least 1");
    }

    private static void requireName(String what, String name) {
        require(!name.isBlank(), what, "'" + name + "'", "not blank");
    }

    private static void require(boolean allowed, String what, Object given, String reason) {
        if (!allowed) {
            throw new IllegalArgumentException(
                    "The " + what + " of a stream listener is " + given + "; it must be " + reason);
        }
    }

    /** A builder with the defaults. */
    public static Builder builder(String stream, String group) {
        return new Builder(stream, group);
    }

    /** How many messages are in flight at most. */
    int inFlightLimit() {
        return maxInFlight == 0 ? Math.min(MAX_IN_FLIGHT, batchSize * (concurrency + 1)) : maxInFlight;
    }

    /** The time between two looks at what has become due. */
    Duration tick() {
        return Duration.ofMillis(Math.min(1_000, minIdle.toMillis() / 3));
    }

    String startId() {
        return switch (startFrom) {
            case EARLIEST -> "0";
            case LATEST -> "$";
            default -> startFrom;
        };
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException ex) {
            return "consumer";
        }
    }

    /** Makes options. */
    public static final class Builder {

        private final String stream;
        private final String group;
        private String id;
        private String consumer = hostName();
        private int concurrency = 1;
        private int batchSize = 50;
        private int maxInFlight;
        private int maxWaiting = 100_000;
        private Duration block = Duration.ofSeconds(2);
        private AckMode ackMode = AckMode.BATCH;
        private String startFrom = EARLIEST;
        private RetryPolicy retry = RetryPolicy.DEFAULT;
        private Duration minIdle = Duration.ofMinutes(1);
        private Duration shutdownTimeout = Duration.ofSeconds(30);
        private int deadLetterLimit = 10_000;

        private Builder(String stream, String group) {
            this.stream = stream;
            this.group = group;
            this.id = stream + "-" + group;
        }

        /** Everything as there, but for the id, the stream and the group. */
        public Builder like(ContainerOptions other) {
            consumer = other.consumer;
            concurrency = other.concurrency;
            batchSize = other.batchSize;
            maxInFlight = other.maxInFlight;
            maxWaiting = other.maxWaiting;
            block = other.block;
            ackMode = other.ackMode;
            startFrom = other.startFrom;
            retry = other.retry;
            minIdle = other.minIdle;
            shutdownTimeout = other.shutdownTimeout;
            deadLetterLimit = other.deadLetterLimit;
            return this;
        }

        /** By default the stream's and the group's names. */
        public Builder id(String name) {
            this.id = name;
            return this;
        }

        /** The host's name by default. */
        public Builder consumer(String name) {
            this.consumer = name;
            return this;
        }

        /** 1 by default. */
        public Builder concurrency(int handlers) {
            this.concurrency = handlers;
            return this;
        }

        /** 50 by default. */
        public Builder batchSize(int messages) {
            this.batchSize = messages;
            return this;
        }

        /** By default a batch for each concurrent handler, and one in reserve. */
        public Builder maxInFlight(int messages) {
            this.maxInFlight = messages;
            return this;
        }

        /** 100,000 by default; each takes about 200 bytes of Redis's memory besides what is in the stream. */
        public Builder maxWaiting(int messages) {
            this.maxWaiting = messages;
            return this;
        }

        /** 2 seconds by default. */
        public Builder block(Duration time) {
            this.block = time;
            return this;
        }

        /** {@link AckMode#BATCH} by default. */
        public Builder ackMode(AckMode mode) {
            this.ackMode = mode;
            return this;
        }

        /** {@link #EARLIEST} by default. */
        public Builder startFrom(String where) {
            this.startFrom = where;
            return this;
        }

        /** {@link RetryPolicy#DEFAULT} by default. */
        public Builder retry(RetryPolicy policy) {
            this.retry = policy;
            return this;
        }

        /** A minute by default. */
        public Builder minIdle(Duration time) {
            this.minIdle = time;
            return this;
        }

        /** 30 seconds by default. */
        public Builder shutdownTimeout(Duration time) {
            this.shutdownTimeout = time;
            return this;
        }

        /** 10,000 by default. */
        public Builder deadLetterLimit(int letters) {
            this.deadLetterLimit = letters;
            return this;
        }

        /** @throws IllegalArgumentException if an option can't be; the message says which */
        public ContainerOptions build() {
            return new ContainerOptions(
                    id,
                    stream,
                    group,
                    consumer,
                    concurrency,
                    batchSize,
                    maxInFlight,
                    maxWaiting,
                    block,
                    ackMode,
                    startFrom,
                    retry,
                    minIdle,
                    shutdownTimeout,
                    deadLetterLimit);
        }
    }
}
