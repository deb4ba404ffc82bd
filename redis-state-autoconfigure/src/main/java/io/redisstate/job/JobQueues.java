package io.redisstate.job;

import io.redisstate.core.CallExecutor;
import io.redisstate.core.ClusterCheck;
import io.redisstate.core.ConnectionGuard;
import io.redisstate.core.JsonCodec;
import io.redisstate.core.KeySpace;
import io.redisstate.core.WakeUps;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import tools.jackson.databind.json.JsonMapper;

/**
 * The job queues of an application. A queue begins to exist with its first job.
 *
 * <p>Thread-safe. Nothing is sent to Redis before the first use.
 *
 * @since 0.1
 */
public final class JobQueues implements AutoCloseable {

    private static final Duration SAFETY_POLL = Duration.ofSeconds(10);

    private final CallExecutor calls;
    private final KeySpace keys;
    private final JobFormat format;
    private final WakeUps wakeUps;
    private final boolean ownWakeUps;
    private final ClusterCheck cluster;
    private final JobIds ids = new JobIds();
    private final Map<String, JobQueue> queues = new ConcurrentHashMap<>();

    private JobQueues(Builder builder) {
        this.calls = builder.calls == null ? ConnectionGuard.of(builder.connections) : builder.calls;
        this.keys = KeySpace.of(builder.keyPrefix, "job");
        this.format = new JobFormat(builder.codec == null ? new JsonCodec(new JsonMapper()) : builder.codec);
        this.ownWakeUps = builder.wakeUps == null;
        this.wakeUps = builder.wakeUps == null
                ? new WakeUps(builder.connections, builder.keyPrefix, SAFETY_POLL)
                : builder.wakeUps;
        this.cluster = new ClusterCheck(builder.connections);
    }

    /** A builder of queues on the given connections. */
    public static Builder builder(RedisConnectionFactory connections) {
        return new Builder(connections);
    }

    /**
     * The queue with this name.
     *
     * @param name not empty
     */
    public JobQueue queue(String name) {
        return queues.computeIfAbsent(
                name,
                key -> new JobQueue(key, new JobProtocol(calls, new JobKeys(keys, key), key, cluster), format, ids));
    }

    /** Enqueues a job in the queue that has the name of its type. */
    public EnqueuedJob enqueue(JobRequest request) {
        return queue(request.type()).enqueue(request);
    }

    /** A builder of a worker for the queue with this name. */
    public JobWorker.Builder worker(String queue) {
        return new JobWorker.Builder(queue(queue), format, wakeUps);
    }

    /** Ends the subscription, if it is this one's own. Workers are to be stopped before. */
    @Override
    public void close() {
        if (ownWakeUps) {
            wakeUps.close();
        }
    }

    /** Options of queues. */
    public static final class Builder {

        private final RedisConnectionFactory connections;
        private String keyPrefix = "redis-state";
        private @Nullable CallExecutor calls;
        private @Nullable WakeUps wakeUps;
        private @Nullable JsonCodec codec;

        private Builder(RedisConnectionFactory connections) {
            this.connections = connections;
        }

        /** What all keys and channels start with; default {@code redis-state}. */
        public Builder keyPrefix(String prefix) {
            keyPrefix = prefix;
            return this;
        }

        /** The way to Redis; by default one of its own, which repeats failed calls where that is safe. */
        public Builder calls(CallExecutor executor) {
            calls = executor;
            return this;
        }

        /** The process's subscription; by default one of its own. */
        public Builder wakeUps(WakeUps shared) {
            wakeUps = shared;
            return this;
        }

        /** How payloads and results are written; by default plain Jackson. */
        public Builder codec(JsonCodec jsonCodec) {
            codec = jsonCodec;
            return this;
        }

        /** The queues. */
        public JobQueues build() {
            return new JobQueues(this);
        }
    }
}
