package io.redisstate.session;

import io.redisstate.core.CallExecutor;
import io.redisstate.core.CallExecutor.Outcome;
import io.redisstate.core.Reply;
import io.redisstate.core.Script;
import io.redisstate.core.ScriptCall;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataAccessException;

/**
 * What Redis is asked about sessions. Calls are made by {@link #ask} and {@link #askAll}, which turn a failure of
 * Redis into a {@link SessionUnavailableException}.
 */
final class SessionStore {

    /** How long a session is kept after its end, so that the event of its end can tell what was in it. */
    static final Duration KEPT = Duration.ofMinutes(2);

    /** A session that is no longer there may be one that is still being written. */
    static final Duration BEING_WRITTEN = Duration.ofMinutes(1);

    /** How much longer than its last session a list is kept: for those who have not told of a longer one yet. */
    static final Duration LIST_KEPT = Duration.ofDays(1);

    private static final Log LOG = LogFactory.getLog(SessionStore.class);

    private static final Script<List<@Nullable Object>> HGETALL = Script.command("HGETALL", Reply.LIST);
    private static final Script<List<@Nullable Object>> HMGET = Script.command("HMGET", Reply.LIST);
    private static final Script<List<@Nullable Object>> ZRANGE = Script.command("ZRANGE", Reply.LIST);
    private static final Script<List<@Nullable Object>> LRANGE = Script.command("LRANGE", Reply.LIST);
    private static final Script<Long> HSET = Script.command("HSET", Reply.LONG);
    private static final Script<Long> PEXPIRE = Script.command("PEXPIRE", Reply.LONG);
    private static final Script<Long> DEL = Script.command("DEL", Reply.LONG);
    private static final Script<Long> ZADD = Script.command("ZADD", Reply.LONG);
    private static final Script<Long> ZREM = Script.command("ZREM", Reply.LONG);
    private static final Script<Long> ZCARD = Script.command("ZCARD", Reply.LONG);
    private static final Script<Long> SAVE = script("save", Reply.LONG);
    private static final Script<Long> MOVE = script("move", Reply.LONG);
    private static final Script<Long> IMPORT = script("import", Reply.LONG);
    private static final Script<Long> KEEP = script("keep", Reply.LONG);
    private static final Script<Long> ADMIT = script("admit", Reply.LONG);
    private static final Script<Long> RECORD = script("record-activity", Reply.LONG);
    private static final Script<List<@Nullable Object>> TAKE = script("take", Reply.LIST);
    private static final Script<List<@Nullable Object>> EXPIRE = script("expire", Reply.LIST);
    private static final Script<List<@Nullable Object>> DUE = script("due", Reply.LIST);

    private final CallExecutor calls;
    private final SessionKeys keys;
    private volatile boolean used;
    private final AtomicBoolean away = new AtomicBoolean();

    SessionStore(CallExecutor calls, SessionKeys keys) {
        this.calls = calls;
        this.keys = keys;
    }

    private static <T extends @Nullable Object> Script<T> script(String name, Reply<T> reply) {
        return Script.load(SessionStore.class, name, reply);
    }

    ScriptCall<List<@Nullable Object>> read(String id) {
        return readKey(keys.session(id));
    }

    ScriptCall<List<@Nullable Object>> readKey(String key) {
        return HGETALL.call(List.of(key)).asRepeatable();
    }

    ScriptCall<Long> deleteKey(String key) {
        return DEL.call(List.of(key)).asRepeatable();
    }

    ScriptCall<Long> delete(String id) {
        return deleteKey(keys.session(id));
    }

    ScriptCall<List<@Nullable Object>> readFields(String id, Object... fields) {
        return HMGET.call(List.of(keys.session(id)), fields).asRepeatable();
    }

    /** Writes a session under an id that nobody else has. */
    ScriptCall<Long> write(String id, SessionChanges changes) {
        return HSET.call(List.of(keys.session(id)), changes.fields()).asRepeatable();
    }

    ScriptCall<Long> expireIn(String id, long millis) {
        return PEXPIRE.call(List.of(keys.session(id)), millis).asRepeatable();
    }

    /** 0 if the session is gone. */
    ScriptCall<Long> save(String id, SessionChanges changes, long ttlMillis) {
        return SAVE.call(List.of(keys.session(id)), changes.arguments(ttlMillis))
                .asRepeatable();
    }

    /** 0 if the session is gone. A lost reply is not asked for again, since the old key is gone either way. */
    ScriptCall<Long> move(String from, String to, SessionChanges changes, long ttlMillis) {
        return MOVE.call(List.of(keys.session(from), keys.session(to)), changes.arguments(ttlMillis));
    }

    /** 0 if there is such a session already. */
    ScriptCall<Long> writeIfAbsent(String id, SessionChanges changes, long ttlMillis) {
        return IMPORT.call(List.of(keys.session(id)), changes.arguments(ttlMillis))
                .asRepeatable();
    }

    /** The fields of a session that is no more; empty if it was gone before. */
    ScriptCall<List<@Nullable Object>> take(String id) {
        return TAKE.call(List.of(keys.session(id)));
    }

    /** As {@link #take}, if its time is over; one element, the ms until then, if not. */
    ScriptCall<List<@Nullable Object>> expire(String id) {
        return EXPIRE.call(List.of(keys.session(id)), KEPT.toMillis());
    }

    /** Notes when a session ends, for {@link #due}. */
    ScriptCall<Long> noteEnd(String id, @Nullable String user, Instant end) {
        return ZADD.call(List.of(keys.due()), end.toEpochMilli(), new DueSession(id, user).member())
                .asRepeatable();
    }

    ScriptCall<Long> forgetEnd(String id, @Nullable String user) {
        return ZREM.call(List.of(keys.due()), new DueSession(id, user).member()).asRepeatable();
    }

    ScriptCall<Long> addTo(String user, String id, Instant login) {
        return ZADD.call(List.of(keys.sessionsOf(user)), login.toEpochMilli(), id)
                .asRepeatable();
    }

    ScriptCall<Long> removeFrom(String user, Collection<String> ids) {
        return ZREM.call(List.of(keys.sessionsOf(user)), ids.toArray()).asRepeatable();
    }

    /** 0 if the user has as many sessions as allowed. */
    ScriptCall<Long> admit(String user, String id, Instant login, int max) {
        return ADMIT.call(List.of(keys.sessionsOf(user)), id, login.toEpochMilli(), max)
                .asRepeatable();
    }

    /** Keeps the list of a user's sessions for that long and {@link #LIST_KEPT}. */
    ScriptCall<Long> keep(String user, Duration left) {
        return KEEP.call(List.of(keys.sessionsOf(user)), left.plus(LIST_KEPT).toMillis())
                .asRepeatable();
    }

    ScriptCall<Long> countOf(String user) {
        return ZCARD.call(List.of(keys.sessionsOf(user))).asRepeatable();
    }

    /** Ids and the ms of their logins, the latest first. */
    ScriptCall<List<@Nullable Object>> latestOf(String user, int limit) {
        return ZRANGE.call(List.of(keys.sessionsOf(user)), 0, limit - 1, "REV", "WITHSCORES")
                .asRepeatable();
    }

    ScriptCall<Long> record(String user, UserActivity activity, int entries, Duration ttl) {
        return RECORD.call(List.of(keys.activityOf(user)), activity.line(), entries, ttl.toMillis());
    }

    ScriptCall<List<@Nullable Object>> activityOf(String user) {
        return LRANGE.call(List.of(keys.activityOf(user)), 0, -1).asRepeatable();
    }

    /** Now in ms, then sessions and their ends; empty while another instance looks after them. */
    ScriptCall<List<@Nullable Object>> due(String instance, Duration absence, int limit) {
        return DUE.call(List.of(keys.due(), keys.sweeper()), instance, absence.toMillis(), limit, LIST_KEPT.toMillis())
                .asRepeatable();
    }

    <T extends @Nullable Object> T ask(ScriptCall<T> call) {
        return guarded(() -> calls.execute(call));
    }

    /** All replies, or the first failure. */
    <T extends @Nullable Object> List<T> askAll(List<ScriptCall<T>> many) {
        return askAll(many, outcomes -> {});
    }

    /** As {@link #askAll(List)}, after someone has seen what became of each. */
    <T extends @Nullable Object> List<T> askAll(List<ScriptCall<T>> many, Consumer<List<Outcome<T>>> observer) {
        return guarded(() -> {
            List<Outcome<T>> outcomes = calls.executeAll(many);
            observer.accept(outcomes);
            List<T> replies = new ArrayList<>(many.size());
            for (Outcome<T> outcome : outcomes) {
                replies.add(outcome.get());
            }
            return replies;
        });
    }

    /** Whether anything was asked yet. */
    boolean isUsed() {
        return used;
    }

    private <T extends @Nullable Object> T guarded(Supplier<T> call) {
        used = true;
        try {
            T reply = call.get();
            if (away.get() && away.compareAndSet(true, false)) {
                LOG.info("Sessions can be read and written again");
            }
            return reply;
        } catch (DataAccessException ex) {
            if (away.compareAndSet(false, true)) {
                LOG.warn("Sessions can't be read or written", ex);
            }
            throw new SessionUnavailableException("Sessions can't be read or written at the moment", ex);
        }
    }
}
