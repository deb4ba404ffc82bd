package io.redisstate.structure.feed;

import io.redisstate.core.CallExecutor;
import io.redisstate.core.CallExecutor.Outcome;
import io.redisstate.core.JsonCodec;
import io.redisstate.core.KeySpace;
import io.redisstate.core.Reply;
import io.redisstate.core.Script;
import io.redisstate.core.ScriptCall;
import java.lang.reflect.Type;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Feeds of activities, one for each owner: bounded, read from the newest in pages that stay right while new ones come.
 *
 * <p>An activity has an id, and a feed takes each id once, so putting it into feeds may be repeated. Each operation is one
 * script and one round trip; a fan-out to many feeds is one pipeline for each 500, on a cluster for each node. One sorted set
 * and one hash for each owner, in one slot. Thread-safe.
 *
 * @param <T> what happened, as JSON
 * @since 0.1
 */
public final class ActivityFeed<T> {

    private static final Script<long[]> PUBLISH = Script.load(ActivityFeed.class, "publish", Reply.LONGS);
    private static final Script<List<@Nullable Object>> READ = Script.load(ActivityFeed.class, "read", Reply.LIST);
    private static final Script<Long> REMOVE = Script.load(ActivityFeed.class, "remove", Reply.LONG);
    private static final Script<Long> SIZE = Script.command("ZCARD", Reply.LONG);
    private static final Script<Long> UNLINK = Script.command("UNLINK", Reply.LONG);
    private static final int CHUNK = 500;

    private final CallExecutor calls;
    private final KeySpace keys;
    private final JsonCodec codec;
    private final Type type;
    private final FeedOptions options;

    /**
     * Feeds of one kind.
     *
     * @param keys what their keys are built from, which makes the kind
     * @param type what a reader gets, generic types included
     */
    public ActivityFeed(CallExecutor calls, KeySpace keys, JsonCodec codec, Type type, FeedOptions options) {
        this.calls = calls;
        this.keys = keys;
        this.codec = codec;
        this.type = type;
        this.options = options;
    }

    /** Puts an activity with a new id into an owner's feed. */
    public Activity<T> publish(String owner, T content) {
        return publish(owner, UUID.randomUUID().toString(), content);
    }

    /** Puts an activity into an owner's feed, unless its id is there; then the feed keeps what it has. */
    public Activity<T> publish(String owner, String id, T content) {
        long[] reply = calls.execute(publication(owner, id, codec.encode(content)));
        return new Activity<>(id, time(reply[0]), content);
    }

    /**
     * Puts an activity into many feeds. Those that fail do not stop the others.
     *
     * @param owners whose feeds, such as all followers of someone
     */
    public FanOut fanOut(Collection<String> owners, String id, T content) {
        byte[] payload = codec.encode(content);
        List<String> all = List.copyOf(owners);
        Map<String, RuntimeException> failed = new LinkedHashMap<>();
        for (int i = 0; i < all.size(); i += CHUNK) {
            List<String> some = all.subList(i, Math.min(all.size(), i + CHUNK));
            failed.putAll(failures(
                    some,
                    some.stream().map(owner -> publication(owner, id, payload)).toList()));
        }
        return new FanOut(id, all.size() - failed.size(), failed);
    }

    /** Takes an activity out of many feeds; returns those that could not be written, and why. */
    public Map<String, RuntimeException> removeFromAll(Collection<String> owners, String id) {
        List<String> all = List.copyOf(owners);
        Map<String, RuntimeException> failed = new LinkedHashMap<>();
        for (int i = 0; i < all.size(); i += CHUNK) {
            List<String> some = all.subList(i, Math.min(all.size(), i + CHUNK));
            failed.putAll(failures(
                    some,
                    some.stream()
                            .map(owner -> REMOVE.call(keysOf(owner), id).asRepeatable())
                            .toList()));
        }
        return failed;
    }

    /** The newest activities of a feed. */
    public List<Activity<T>> latest(String owner, int count) {
        return page(owner, null, count).activities();
    }

    /**
     * A page of a feed.
     *
     * @param cursor {@link FeedPage#next()} of the page before; null for the newest
     * @param count how many at most, 1 to 1,000
     * @throws IllegalArgumentException if the cursor is none, or an activity can't be read as the type
     */
    @SuppressWarnings("unchecked")
    public FeedPage<T> page(String owner, @Nullable String cursor, int count) {
        if (count < 1 || count > 1_000) {
            throw new IllegalArgumentException("Asked for " + count + " activities; allowed is 1 to 1000");
        }
        List<@Nullable Object> reply =
                calls.execute(READ.call(keysOf(owner), before(cursor), count, options.maxAgeMicros())
                        .asRepeatable());
        List<Activity<T>> activities = new ArrayList<>();
        String last = "";
        for (int i = 0; i < reply.size(); i += 3) {
            last = Objects.requireNonNull(Reply.text(reply.get(i + 1)));
            byte[] payload = (byte[]) Objects.requireNonNull(reply.get(i + 2));
            activities.add(new Activity<>(
                    Objects.requireNonNull(Reply.text(reply.get(i))), time((long) Double.parseDouble(last)), (T)
                            Objects.requireNonNull(codec.decode(payload, type))));
        }
        return new FeedPage<>(activities, activities.size() < count ? Optional.empty() : Optional.of(last));
    }

    /** Takes an activity out of a feed; false if it was not there. */
    public boolean remove(String owner, String id) {
        return calls.execute(REMOVE.call(keysOf(owner), id).asRepeatable()) > 0;
    }

    /** How many activities a feed has, those included that are too old and not trimmed yet. */
    public long size(String owner) {
        return calls.execute(SIZE.call(List.of(keys.key(owner))).asRepeatable());
    }

    /** Empties a feed. */
    public void clear(String owner) {
        calls.execute(UNLINK.call(keysOf(owner)).asRepeatable());
    }

    private ScriptCall<long[]> publication(String owner, String id, byte[] payload) {
        return PUBLISH.call(
                        keysOf(owner),
                        id,
                        payload,
                        options.maxSize(),
                        options.maxAgeMicros(),
                        options.timeToLiveMillis())
                .asRepeatable();
    }

    private <R extends @Nullable Object> Map<String, RuntimeException> failures(
            List<String> owners, List<ScriptCall<R>> many) {
        List<Outcome<R>> outcomes = calls.executeAll(many);
        Map<String, RuntimeException> failed = new LinkedHashMap<>();
        for (int i = 0; i < owners.size(); i++) {
            RuntimeException error = outcomes.get(i).error();
            if (error != null) {
                failed.put(owners.get(i), error);
            }
        }
        return failed;
    }

    private List<String> keysOf(String owner) {
        return List.of(keys.key(owner), keys.key(owner, "content"));
    }

    private static String before(@Nullable String cursor) {
        if (cursor == null) {
            return "+inf";
        }
        try {
            return String.valueOf(Long.parseLong(cursor));
        } catch (NumberFormatException ex) {
            throw new IllegalArgumentException("'" + cursor + "' is no cursor of a feed", ex);
        }
    }

    private static Instant time(long micros) {
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
    }
}
