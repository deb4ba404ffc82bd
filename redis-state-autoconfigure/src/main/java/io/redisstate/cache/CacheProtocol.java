package io.redisstate.cache;

import io.redisstate.core.CallExecutor;
import io.redisstate.core.KeySpace;
import io.redisstate.core.Reply;
import io.redisstate.core.Script;
import io.redisstate.core.ScriptCall;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
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

    private static final String LOAD = "load";
    private static final byte[] NOTHING = new byte[0];

    private final CallExecutor calls;
    private final KeySpace keys;

    CacheProtocol(CallExecutor calls, KeySpace keys) {
        this.calls = calls;
        this.keys = keys;
    }

    /** What became of asking for a claim. */
    sealed interface Claim {

        /** An entry is there. */
        record Found(byte[] entry) implements Claim {}

        /** The caller may load. */
        record Won() implements Claim {}

        /** Another loads; its claim lapses by then unless renewed. */
        record Busy(Duration lapse) implements Claim {}

        /** Another has just failed. */
        record Failed(String message, Duration rest) implements Claim {}
    }

    KeySpace keys() {
        return keys;
    }

    CallExecutor calls() {
        return calls;
    }

    ScriptCall<byte @Nullable []> get(String key) {
        return GET.call(List.of(keys.key(key))).asRepeatable();
    }

    /** Of one server: to the client, which would refuse keys of several slots, all but the first are arguments. */
    ScriptCall<List<@Nullable Object>> getAll(List<Request> requests) {
        Object[] others = requests.stream()
                .skip(1)
                .map(request -> keys.key(request.key()))
                .toArray();
        return MGET.call(List.of(keys.key(requests.get(0).key())), others).asRepeatable();
    }

    ScriptCall<List<@Nullable Object>> claiming(
            String key, String token, Duration lease, byte @Nullable [] seen, String waiter) {
        return CLAIM.call(both(key), token, lease.toMillis(), seen == null ? NOTHING : seen, waiter)
                .asRepeatable();
    }

    Claim claim(String key, String token, Duration lease, byte @Nullable [] seen, String waiter) {
        List<@Nullable Object> reply = calls.execute(claiming(key, token, lease, seen, waiter));
        long kind = (Long) Objects.requireNonNull(reply.get(0));
        return switch ((int) kind) {
            case 0 -> new Claim.Found((byte[]) Objects.requireNonNull(reply.get(1)));
            case 1 -> new Claim.Won();
            case 2 -> new Claim.Busy(millis(reply.get(1)));
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
        return STORE.call(both(key), token, entry, ttl.toMillis());
    }

    void release(String key, String token, String failure, Duration hold) {
        calls.execute(releasing(key, token, failure, hold));
    }

    ScriptCall<Long> releasing(String key, String token, String failure, Duration hold) {
        return RELEASE.call(List.of(keys.key(key, LOAD)), token, failure, hold.toMillis())
                .asRepeatable();
    }

    ScriptCall<Long> renew(String key, String token, Duration lease) {
        return RENEW.call(List.of(keys.key(key, LOAD)), token, lease.toMillis()).asRepeatable();
    }

    ScriptCall<Long> put(String key, byte[] entry, Duration ttl) {
        return PUT.call(both(key), entry, ttl.toMillis()).asRepeatable();
    }

    byte @Nullable [] putIfAbsent(String key, byte[] entry, Duration ttl, byte @Nullable [] seen) {
        return calls.execute(PUT_IF_ABSENT.call(both(key), entry, ttl.toMillis(), seen == null ? NOTHING : seen));
    }

    ScriptCall<Long> evict(String key) {
        return EVICT.call(both(key)).asRepeatable();
    }

    private List<String> both(String key) {
        return List.of(keys.key(key), keys.key(key, LOAD));
    }
}
