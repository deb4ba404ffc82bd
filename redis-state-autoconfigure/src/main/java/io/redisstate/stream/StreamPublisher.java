package io.redisstate.stream;

import io.redisstate.core.CallExecutor;
import io.redisstate.core.ConnectionGuard;
import io.redisstate.core.JsonCodec;
import io.redisstate.core.KeySpace;
import io.redisstate.core.Reply;
import io.redisstate.core.Script;
import io.redisstate.core.ScriptCall;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataAccessException;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import tools.jackson.databind.json.JsonMapper;

/**
 * Publishes to streams.
 *
 * <p>A publication with a message key is appended once within the window, so it is sent again by itself when the reply was
 * lost. One without is not: the caller gets the failure and decides. Costs one round trip, a list one
 * pipeline; more where only some of a list have keys. Safe trimming costs another one now and then. Thread-safe.
 *
 * @since 0.1
 */
public final class StreamPublisher {

    private static final Log LOG = LogFactory.getLog(StreamPublisher.class);
    private static final Script<byte @Nullable []> ADD = Script.command("XADD", Reply.BYTES);
    private static final Script<List<@Nullable Object>> APPEND =
            Script.load(StreamPublisher.class, "append", Reply.LIST);
    private static final Script<Long> TRIM = Script.load(StreamPublisher.class, "trim", Reply.LONG);
    private static final int ENTRIES_OF_A_CALL = 100;
    private static final int LONGEST_TRIM = 1_000;

    private final CallExecutor calls;
    private final StreamKeys keys;
    private final StreamCodec codec;
    private final Trimming trimming;
    private final Map<String, Trimming> trimmingOfStreams;
    private final Duration window;
    private final Map<String, AtomicLong> untrimmed = new ConcurrentHashMap<>();

    private StreamPublisher(Builder builder) {
        this.calls = builder.calls;
        this.keys = new StreamKeys(builder.keyPrefix);
        this.codec = new StreamCodec(builder.json);
        this.trimming = builder.trimming;
        this.trimmingOfStreams = Map.copyOf(builder.trimmingOfStreams);
        this.window = builder.window;
    }

    /** A builder with its defaults. */
    public static Builder builder(RedisConnectionFactory connections) {
        return new Builder(connections);
    }

    /**
     * Appends a payload.
     *
     * @return the entry's id
     * @throws IllegalArgumentException if the payload can't be written as JSON
     */
    public String publish(String stream, Object payload) {
        return publish(stream, Publication.of(payload)).id();
    }

    /** Appends a publication. */
    public Published publish(String stream, Publication publication) {
        return publishAll(stream, List.of(publication)).get(0);
    }

    /**
     * Appends publications in their order. If this fails, some of them may have been appended; those with a message key can
     * be published again.
     */
    public List<Published> publishAll(String stream, List<Publication> publications) {
        if (publications.isEmpty()) {
            return List.of();
        }
        Trimming bound = trimmingOfStreams.getOrDefault(stream, trimming);
        List<Published> published = new ArrayList<>(publications.size());
        int from = 0;
        for (int i = 1; i <= publications.size(); i++) {
            if (i == publications.size()
                    || needsScript(publications.get(i), bound) != needsScript(publications.get(from), bound)) {
                appendRun(published, stream, publications.subList(from, i), bound);
                from = i;
            }
        }
        trimNowAndThen(stream, bound, published.size());
        return published;
    }

    /** A plain XADD knows neither what has been published nor the server's time. */
    private static boolean needsScript(Publication publication, Trimming bound) {
        return publication.messageKey() != null || !bound.safe() && bound.kind() == Trimming.Kind.MINID;
    }

    private void appendRun(List<Published> published, String stream, List<Publication> run, Trimming bound) {
        if (!needsScript(run.get(0), bound)) {
            List<ScriptCall<byte @Nullable []>> adds = new ArrayList<>(run.size());
            run.forEach(publication -> adds.add(add(stream, publication, bound)));
            for (byte[] id : replies(adds)) {
                published.add(new Published(Objects.requireNonNull(Reply.text(id)), false));
            }
            return;
        }
        List<ScriptCall<List<@Nullable Object>>> appends = new ArrayList<>();
        int from = 0;
        for (int i = 1; i <= run.size(); i++) {
            if (i == run.size()
                    || i - from == ENTRIES_OF_A_CALL
                    || (run.get(i).messageKey() == null) != (run.get(from).messageKey() == null)) {
                appends.add(append(stream, run.subList(from, i), bound));
                from = i;
            }
        }
        for (List<@Nullable Object> ids : replies(appends)) {
            addIds(published, ids);
        }
    }

    private <T extends @Nullable Object> List<T> replies(List<ScriptCall<T>> all) {
        List<T> replies = new ArrayList<>(all.size());
        if (all.size() == 1) {
            replies.add(calls.execute(all.get(0)));
            return replies;
        }
        for (CallExecutor.Outcome<T> outcome : calls.executeAll(all)) {
            replies.add(outcome.get());
        }
        return replies;
    }

    private ScriptCall<byte @Nullable []> add(String stream, Publication publication, Trimming bound) {
        List<Object> arguments = new ArrayList<>(6 + 2 * publication.headers().size());
        if (!bound.safe() && bound.kind() == Trimming.Kind.MAXLEN) {
            arguments.addAll(List.of("MAXLEN", "~", bound.bound()));
        }
        arguments.add("*");
        arguments.addAll(codec.encode(publication));
        return ADD.call(List.of(keys.stream(stream)), arguments.toArray());
    }

    private ScriptCall<List<@Nullable Object>> append(String stream, List<Publication> run, Trimming bound) {
        List<String> names = new ArrayList<>(run.size() + 1);
        names.add(keys.stream(stream));
        List<Object> arguments = new ArrayList<>(3 + 4 * run.size());
        arguments.add(bound.safe() ? Trimming.Kind.NONE : bound.kind());
        arguments.add(bound.bound());
        arguments.add(window.toMillis());
        for (Publication publication : run) {
            String key = publication.messageKey();
            if (key != null) {
                names.add(keys.once(stream, key));
            }
            List<byte[]> fields = codec.encode(publication);
            arguments.add(fields.size());
            arguments.addAll(fields);
        }
        ScriptCall<List<@Nullable Object>> call = APPEND.call(names, arguments.toArray());
        return names.size() > 1 ? call.asRepeatable() : call;
    }

    private static void addIds(List<Published> published, List<@Nullable Object> reply) {
        for (int i = 0; i < reply.size(); i += 2) {
            published.add(new Published(
                    Objects.requireNonNull(Reply.text(reply.get(i))),
                    Long.valueOf(1).equals(reply.get(i + 1))));
        }
    }

    private void trimNowAndThen(String stream, Trimming bound, int appended) {
        if (bound.kind() == Trimming.Kind.NONE || !bound.safe()) {
            return;
        }
        AtomicLong count = untrimmed.computeIfAbsent(stream, name -> new AtomicLong());
        long every = bound.kind() == Trimming.Kind.MINID ? 100 : Math.max(1, Math.min(100, bound.bound() / 10));
        long before = count.getAndAdd(appended);
        if (before / every != (before + appended) / every) {
            try {
                long unused = trim(stream, bound);
            } catch (DataAccessException ex) {
                // It has been appended, which a failure would deny. The next one trims.
                LOG.warn("Stream '" + stream + "' can't be trimmed now: " + ex);
            }
        }
    }

    /**
     * Trims a stream now, by {@value #LONGEST_TRIM} entries at most where it is bounded by its length.
     *
     * @param bound how long it may be; trimmed safely even if it is not safe
     * @return how many entries were dropped
     */
    public long trim(String stream, Trimming bound) {
        if (bound.kind() == Trimming.Kind.NONE) {
            return 0;
        }
        return calls.execute(TRIM.call(List.of(keys.stream(stream)), bound.kind(), bound.bound(), LONGEST_TRIM)
                .asRepeatable());
    }

    /** Makes publishers. */
    public static final class Builder {

        private String keyPrefix = "redis-state";
        private CallExecutor calls;
        private JsonCodec json = new JsonCodec(new JsonMapper());
        private Trimming trimming = Trimming.NONE;
        private Map<String, Trimming> trimmingOfStreams = Map.of();
        private Duration window = Duration.ofMinutes(10);

        private Builder(RedisConnectionFactory connections) {
            this.calls = ConnectionGuard.of(connections);
        }

        /** What all keys start with; {@code redis-state} by default. */
        public Builder keyPrefix(String prefix) {
            KeySpace unused = KeySpace.of(prefix, "stream");
            this.keyPrefix = prefix;
            return this;
        }

        /** The way to Redis; by default a {@link ConnectionGuard} on the connections. */
        public Builder calls(CallExecutor executor) {
            this.calls = executor;
            return this;
        }

        /** How payloads become JSON. */
        public Builder json(JsonCodec codec) {
            this.json = codec;
            return this;
        }

        /** How long streams may become; not bounded by default. */
        public Builder trimming(Trimming bound) {
            this.trimming = bound;
            return this;
        }

        /** How long single streams may become, by their names. */
        public Builder trimmingOfStreams(Map<String, Trimming> bounds) {
            this.trimmingOfStreams = bounds;
            return this;
        }

        /** How long a message key is remembered, from 1 ms; 10 minutes by default. */
        public Builder window(Duration time) {
            if (time.toMillis() < 1) {
                throw new IllegalArgumentException("The window is " + time + "; it must be at least 1 ms");
            }
            this.window = time;
            return this;
        }

        public StreamPublisher build() {
            return new StreamPublisher(this);
        }
    }
}
