package io.redisstate.stream.container;

import io.redisstate.core.CallExecutor;
import io.redisstate.core.ConnectionGuard;
import io.redisstate.core.JsonCodec;
import io.redisstate.stream.AckMode;
import io.redisstate.stream.HandlerCircuit;
import io.redisstate.stream.IdempotencyStore;
import io.redisstate.stream.StreamCodec;
import io.redisstate.stream.StreamErrorHandler;
import io.redisstate.stream.StreamKeys;
import io.redisstate.stream.StreamMessage;
import java.lang.reflect.Type;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import tools.jackson.databind.json.JsonMapper;

/**
 * Consumes a stream for a group: each message is handled at least once, by one consumer of the group at a time.
 *
 * <p>A reader on a connection of its own hands over to as many workers as there may be handlers at a time. What fails is
 * tried again by the group after its wait, without holding up anything else; what a consumer that died had in work is
 * taken over by the others; what can't be handled goes to the dead letters. Lost connections, restarts and fail-overs,
 * a stream or a group that is gone: it goes on by itself.
 *
 * <p>With an order, messages of the same key are handled in the order of the stream, one at a time, whichever consumer of
 * the group has them; different keys are handled side by side, by all consumers.
 *
 * <p>Costs two round trips for each batch: one read, one acknowledgement; and about two in a second where nothing comes.
 * Thread-safe.
 *
 * @since 0.1
 */
public final class StreamContainer implements AutoCloseable {

    private final Parts parts;
    private final Counters counters = new Counters();
    private final Object lifecycle = new Object();
    private volatile @Nullable ContainerRun run;
    private volatile boolean paused;

    /** What a container is made of. */
    record Parts(
            RedisConnectionFactory connections,
            CallExecutor calls,
            StreamKeys keys,
            ContainerOptions options,
            Workers.Collaborators with,
            @Nullable Function<StreamMessage<?>, Object> order,
            boolean virtualThreads) {

        Lanes lanes() {
            return new Lanes(with.messages(), Objects.requireNonNull(order));
        }
    }

    private StreamContainer(Parts parts) {
        this.parts = parts;
    }

    /**
     * A builder of a container whose handler takes messages one by one.
     *
     * @param payloadType what payloads are read as: a class, a generic type, {@code byte[]}, {@code String}, or
     *     {@link io.redisstate.stream.StreamEntry} for the fields as they are
     */
    @SuppressWarnings("unchecked")
    public static <T> Builder builder(
            RedisConnectionFactory connections, ContainerOptions options, Type payloadType, StreamHandler<T> handler) {
        StreamHandler<Object> single = (StreamHandler<Object>) handler;
        return new Builder(
                connections, options, payloadType, (messages, ack) -> single.handle(messages.get(0), ack), false);
    }

    /** A builder of a container whose handler takes batches. */
    @SuppressWarnings("unchecked")
    public static <T> Builder batchBuilder(
            RedisConnectionFactory connections,
            ContainerOptions options,
            Type payloadType,
            BatchStreamHandler<T> handler) {
        return new Builder(connections, options, payloadType, (BatchStreamHandler<Object>) handler, true);
    }

    /** Its name in this application. */
    public String id() {
        return parts.options().id();
    }

    /** How it consumes. */
    public ContainerOptions options() {
        return parts.options();
    }

    /** Begins to consume, in the background; nothing happens if it does already. Redis need not be there. */
    public void start() {
        synchronized (lifecycle) {
            if (run == null) {
                ContainerRun started = new ContainerRun(parts, counters);
                started.loop().pause(paused);
                started.start();
                run = started;
            }
        }
    }

    /**
     * Ends: reads no more, gives back what it has not begun, lets handlers end within the shutdown timeout and acknowledges
     * what they did. What is still in work then is interrupted, and taken over by others. It can be started again.
     */
    public void stop() {
        synchronized (lifecycle) {
            ContainerRun running = run;
            if (running != null) {
                running.stop();
                run = null;
            }
        }
    }

    @Override
    public void close() {
        stop();
    }

    /** Reads no more until it is resumed; what has been read is handled. */
    public void pause() {
        setPaused(true);
    }

    /** Reads again. */
    public void resume() {
        setPaused(false);
    }

    private void setPaused(boolean now) {
        paused = now;
        ContainerRun running = run;
        if (running != null) {
            running.loop().pause(now);
        }
    }

    /** Whether it has been started and not stopped. */
    public boolean isRunning() {
        return run != null;
    }

    /** Whether it has been started and its reader lives, whatever Redis does. */
    public boolean isAlive() {
        ContainerRun running = run;
        return running != null && running.loop().isAlive();
    }

    /** What it has done and is doing; without a round trip. */
    public ContainerStatistics statistics() {
        ContainerRun running = run;
        return running == null
                ? counters.statistics(ContainerState.STOPPED, "")
                : counters.statistics(running.state(), running.loop().member().consumer());
    }

    /** Makes containers. */
    public static final class Builder {

        private final RedisConnectionFactory connections;
        private final ContainerOptions options;
        private final Type payloadType;
        private final BatchStreamHandler<Object> handler;
        private final boolean batches;
        private String keyPrefix = "redis-state";
        private CallExecutor calls;
        private JsonCodec json = new JsonCodec(new JsonMapper());
        private @Nullable StreamErrorHandler errorHandler;
        private @Nullable IdempotencyStore handledBefore;
        private @Nullable HandlerCircuit circuit;
        private @Nullable Function<StreamMessage<?>, Object> order;
        private boolean virtualThreads;

        private Builder(
                RedisConnectionFactory connections,
                ContainerOptions options,
                Type payloadType,
                BatchStreamHandler<Object> handler,
                boolean batches) {
            this.connections = connections;
            this.options = options;
            this.payloadType = payloadType;
            this.handler = handler;
            this.batches = batches;
            this.calls = ConnectionGuard.of(connections);
        }

        /** What all keys start with; {@code redis-state} by default. */
        public Builder keyPrefix(String prefix) {
            this.keyPrefix = prefix;
            return this;
        }

        /** The way to Redis for all but reading; by default a {@link ConnectionGuard} on the connections. */
        public Builder calls(CallExecutor executor) {
            this.calls = executor;
            return this;
        }

        /** How payloads are read. */
        public Builder json(JsonCodec codec) {
            this.json = codec;
            return this;
        }

        /** Who is told of failures; nobody by default. */
        public Builder errorHandler(StreamErrorHandler told) {
            this.errorHandler = told;
            return this;
        }

        /** What knows which messages have been handled; by default nothing does. */
        public Builder idempotency(IdempotencyStore store) {
            this.handledBefore = store;
            return this;
        }

        /** What tells when the handler should be left alone; nothing by default. */
        public Builder circuit(HandlerCircuit breaker) {
            this.circuit = breaker;
            return this;
        }

        /** What messages have to share to be handled in their order; by default they are handled in any. */
        public Builder orderBy(Function<StreamMessage<?>, Object> key) {
            this.order = key;
            return this;
        }

        /** Whether reader and workers are virtual threads; needs Java 21. */
        public Builder virtualThreads(boolean virtual) {
            this.virtualThreads = virtual;
            return this;
        }

        /** @throws IllegalArgumentException if what was asked for does not go together */
        public StreamContainer build() {
            if (order != null && batches) {
                throw new IllegalArgumentException("Stream listener '" + options.id()
                        + "' has an order and takes batches; it can only have one of them");
            }
            if (order != null && options.ackMode() == AckMode.NONE) {
                throw new IllegalArgumentException(
                        "Stream listener '" + options.id() + "' has an order, so its messages have to be acknowledged");
            }
            StreamKeys keys = new StreamKeys(keyPrefix);
            Messages messages = new Messages(options.stream(), new StreamCodec(json), payloadType);
            return new StreamContainer(new Parts(
                    connections,
                    calls,
                    keys,
                    options,
                    new Workers.Collaborators(messages, handler, batches, errorHandler, handledBefore, circuit),
                    order,
                    virtualThreads));
        }
    }
}
