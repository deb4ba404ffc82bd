package io.redisstate.cache;

import io.redisstate.cache.near.CacheKeys;
import io.redisstate.cache.write.WriteKeys;
import io.redisstate.core.CallExecutor;
import io.redisstate.core.Reply;
import io.redisstate.core.Script;
import io.redisstate.core.ScriptCall;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One cache's commands and scripts as calls. */
final class CacheProtocol {

    private static final Script<byte @Nullable []> GET = Script.command("GET", Reply.BYTES);
    private static final Script<List<@Nullable Object>> MGET = Script.command("MGET", Reply.LIST);
    private static final Script<List<@Nullable Object>> CLAIM = Script.load(CacheProtocol.class, "claim", Reply.LIST);
    private static final Script<Long> STORE = Script.load(CacheProtocol.class, "store", Reply.LONG);
    private static final Script<Long> RELEASE = Script.load(CacheProtocol.class, "release", Reply.LONG);
    private static final Script<Long> RENEW = Script.load(CacheProtocol.class, "renew", Reply.LONG);
    private static final Script<Long> PUT = Script.load(CacheProtocol.class, "put", Reply.LONG);
    private static final Script<byte @Nullable []> PUT_IF_ABSENT =
            Script.load(CacheProtocol.class, "put-if-absent", Reply.BYTES);
    private static final Script<Long> EVICT = Script.load(CacheProtocol.class, "evict", Reply.LONG);

    private static final Script<Long> WRITE = Script.load(CacheProtocol.class, "write", Reply.LONG);
    private static final Script<Long> BEGIN_WRITE = Script.load(CacheProtocol.class, "begin-write", Reply.LONG);
    private static final Script<byte @Nullable []> HGET = Script.command("HGET", Reply.BYTES);

    private static final byte[] NOTHING = new byte[0];

    private final CallExecutor calls;
    private final CacheKeys keys;

    CacheProtocol(CallExecutor calls, CacheKeys keys) {
        this.calls = calls;
        this.keys = keys;
    }

    /** What became of asking for a claim. */
    sealed interface Claim {

        /** An entry is there. */
        record Found(byte[] entry) implements Claim {}

        /** An entry is there whose write is still to be made. */
        record Queued(byte[] entry) implements Claim {}

        /** The caller may load. */
        record Won() implements Claim {}

        /** Another loads; its claim lapses by then unless renewed. */
        record Busy(Duration lapse) implements Claim {}

        /** Another has just failed. */
        record Failed(String message, Duration rest) implements Claim {}
    }

    CacheKeys keys() {
        return keys;
    }

    CallExecutor calls() {
        return calls;
    }

    ScriptCall<byte @Nullable []> get(String key) {
        return GET.call(List.of(keys.entry(key))).asRepeatable();
    }

    /** Of one server: to the client, which would refuse keys of several slots, all but the first are arguments. */
    ScriptCall<List<@Nullable Object>> getAll(List<Request> requests) {
        Object[] others = requests.stream()
                .skip(1)
                .map(request -> keys.entry(request.key()))
                .toArray();
        return MGET.call(List.of(keys.entry(requests.get(0).key())), others).asRepeatable();
    }

    ScriptCall<List<@Nullable Object>> claiming(
            String key, String token, Duration lease, byte @Nullable [] seen, String waiter) {
        List<String> touched = keys.isGathered()
                ? List.of(keys.entry(key), keys.load(key), keys.writes().pending())
                : keys.both(key);
        return CLAIM.call(touched, token, lease.toMillis(), seen == null ? NOTHING : seen, waiter, key)
                .asRepeatable();
    }

    Claim claim(String key, String token, Duration lease, byte @Nullable [] seen, String waiter) {
        return claimOf(calls.execute(claiming(key, token, lease, seen, waiter)));
    }

    /** What a reply says about a claim. */
    static Claim claimOf(List<?> reply) {
        long kind = (Long) Objects.requireNonNull(reply.get(0));
        return switch ((int) kind) {
            case 0 -> new Claim.Found((byte[]) Objects.requireNonNull(reply.get(1)));
            case 1 -> new Claim.Won();
            case 2 -> new Claim.Busy(millis(reply.get(1)));
            case 4 -> new Claim.Queued((byte[]) Objects.requireNonNull(reply.get(1)));
            default ->
                new Claim.Failed(
                        new String((byte[]) Objects.requireNonNull(reply.get(1)), StandardCharsets.UTF_8),
                        millis(reply.get(2)));
        };
    }

    private static Duration millis(@Nullable Object reply) {
        return Duration.ofMillis(Math.max(1, (Long) Objects.requireNonNull(reply)));
    }

    boolean store(String key, String token, byte[] entry, Duration ttl) {
        return calls.execute(storing(key, token, entry, ttl)) == 1;
    }

    ScriptCall<Long> storing(String key, String token, byte[] entry, Duration ttl) {
        return STORE.call(keys.both(key), token, entry, ttl.toMillis());
    }

    void release(String key, String token, String failure, Duration hold) {
        calls.execute(releasing(key, token, failure, hold));
    }

    ScriptCall<Long> releasing(String key, String token, String failure, Duration hold) {
        return RELEASE.call(List.of(keys.load(key)), token, failure, hold.toMillis())
                .asRepeatable();
    }

    ScriptCall<Long> renew(String key, String token, Duration lease) {
        return RENEW.call(List.of(keys.load(key)), token, lease.toMillis()).asRepeatable();
    }

    ScriptCall<Long> put(String key, byte[] entry, Duration ttl) {
        return PUT.call(keys.both(key), entry, ttl.toMillis()).asRepeatable();
    }

    byte @Nullable [] putIfAbsent(String key, byte[] entry, Duration ttl, byte @Nullable [] seen) {
        return calls.execute(PUT_IF_ABSENT.call(keys.both(key), entry, ttl.toMillis(), seen == null ? NOTHING : seen));
    }

    ScriptCall<Long> evict(String key) {
        return EVICT.call(keys.both(key)).asRepeatable();
    }

    /** Queues a write and stores the entry: 1 or 2, or 0 if too many wait. */
    ScriptCall<Long> write(String key, byte[] keyJson, byte[] entry, Duration ttl, int mostPending) {
        WriteKeys writes = keys.writes();
        return WRITE.call(
                        List.of(
                                keys.entry(key),
                                keys.load(key),
                                writes.order(),
                                writes.pending(),
                                writes.dead(),
                                writes.number()),
                        entry,
                        ttl.toMillis(),
                        key,
                        keyJson,
                        mostPending)
                .asRepeatable();
    }

    /** The write of a key that is still to be made, as in the queue. */
    ScriptCall<byte @Nullable []> queued(String key) {
        return HGET.call(List.of(keys.writes().pending()), key).asRepeatable();
    }

    /** The entry of a queued write. */
    static byte[] entryOf(byte[] queued) {
        int line = 0;
        while (queued[line] != '\n') {
            line++;
        }
        return Arrays.copyOfRange(queued, line + 1, queued.length);
    }

    /** Removes an entry and claims the right to store the next. */
    ScriptCall<Long> beginWrite(String key, String token, Duration lease) {
        return BEGIN_WRITE.call(keys.both(key), token, lease.toMillis()).asRepeatable();
    }
}
