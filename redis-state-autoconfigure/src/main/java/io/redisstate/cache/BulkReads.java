package io.redisstate.cache;

import io.redisstate.cache.entry.Reading;
import io.redisstate.core.CallExecutor;
import io.redisstate.core.ScriptCall;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataAccessException;

/** Many keys of one cache at a time: one MGET, on a cluster one pipeline for each node. Thread-safe. */
final class BulkReads {

    private static final String NO_WAITER = "";

    private final CacheStore store;
    private final CacheProtocol protocol;
    private final BooleanSupplier cluster;

    /** What Redis holds of some keys, and the claims that were won of those it does not hold. */
    record Found(Map<String, Reading> readings, Map<String, String> tokens) {}

    BulkReads(CacheStore store, BooleanSupplier cluster) {
        this.store = store;
        this.protocol = store.protocol();
        this.cluster = cluster;
    }

    /** What Redis holds of the keys; 1 round trip. */
    Map<String, Reading> read(List<Request> requests) {
        return read(requests, List.of(), "").readings();
    }

    /** What Redis holds of the keys; the last of which are claimed if it does not hold them; 1 round trip. */
    Found read(List<Request> requests, List<Request> orClaim, String token) {
        Map<String, Reading> readings = new HashMap<>();
        Map<String, String> tokens = new HashMap<>();
        try {
            long version = store.version().current(Duration.ZERO);
            List<ScriptCall<@Nullable Object>> calls = new ArrayList<>();
            boolean one = !requests.isEmpty() && !cluster.getAsBoolean();
            if (one) {
                calls.add(any(protocol.getAll(requests)));
            } else {
                requests.forEach(request -> calls.add(any(protocol.get(request.key()))));
            }
            orClaim.forEach(request -> calls.add(any(claiming(request, token))));
            List<CallExecutor.Outcome<@Nullable Object>> replies =
                    protocol.calls().executeAll(calls);
            for (int i = 0; i < requests.size(); i++) {
                Object value = one
                        ? ((List<?>) Objects.requireNonNull(replies.get(0).get())).get(i)
                        : replies.get(i).get();
                readings.put(requests.get(i).key(), reading(requests.get(i), (byte[]) value, version));
            }
            int first = calls.size() - orClaim.size();
            for (int i = 0; i < orClaim.size(); i++) {
                note(orClaim.get(i), replies.get(first + i), token, version, readings, tokens);
            }
        } catch (DataAccessException ex) {
            store.failed(ex);
        }
        return new Found(readings, tokens);
    }

    private Reading reading(Request request, byte @Nullable [] value, long version) {
        return store.isOutOfDate(request.key()) ? Reading.away() : store.parsed(request, value, version);
    }

    private void note(
            Request request,
            CallExecutor.Outcome<@Nullable Object> outcome,
            String token,
            long version,
            Map<String, Reading> readings,
            Map<String, String> tokens) {
        if (outcome.error() != null) {
            return;
        }
        CacheProtocol.Claim claim = CacheProtocol.claimOf((List<?>) Objects.requireNonNull(outcome.get()));
        if (claim instanceof CacheProtocol.Claim.Won) {
            tokens.put(request.key(), token);
        } else if (claim instanceof CacheProtocol.Claim.Found found) {
            readings.put(request.key(), reading(request, found.entry(), version));
        }
    }

    @SuppressWarnings("unchecked") // the reply is cast by who knows the call
    private static ScriptCall<@Nullable Object> any(ScriptCall<?> call) {
        return (ScriptCall<@Nullable Object>) call;
    }

    private ScriptCall<List<@Nullable Object>> claiming(Request request, String token) {
        return protocol.claiming(request.key(), token, ClaimRenewal.LEASE, null, NO_WAITER);
    }

    /**
     * Claims the keys that are free, so that a change during the load wins, whatever Redis holds of them; tokens by the keys'
     * texts.
     */
    Map<String, String> claim(List<Request> requests, Map<String, Reading> readings, String token) {
        List<ScriptCall<List<@Nullable Object>>> calls = new ArrayList<>(requests.size());
        for (Request request : requests) {
            Reading reading = readings.get(request.key());
            calls.add(protocol.claiming(
                    request.key(), token, ClaimRenewal.LEASE, reading == null ? null : reading.seen(), NO_WAITER));
        }
        Map<String, String> tokens = new HashMap<>();
        List<CallExecutor.Outcome<List<@Nullable Object>>> outcomes =
                protocol.calls().executeAll(calls);
        for (int i = 0; i < outcomes.size(); i++) {
            if (outcomes.get(i).error() == null
                    && CacheProtocol.claimOf(outcomes.get(i).get()) instanceof CacheProtocol.Claim.Won) {
                tokens.put(requests.get(i).key(), token);
            }
        }
        return tokens;
    }

    /** Stores or puts many; failures are counted, and what was there is then evicted, now or later. How many were made. */
    long write(List<ScriptCall<Long>> calls, List<String> keys, boolean evictOnFailure) {
        List<CallExecutor.Outcome<Long>> outcomes = protocol.calls().executeAll(calls);
        long made = 0;
        for (int i = 0; i < outcomes.size(); i++) {
            if (outcomes.get(i).error() == null) {
                made += outcomes.get(i).get() > 0 ? 1 : 0;
            } else if (outcomes.get(i).error() instanceof DataAccessException ex) {
                store.failed(ex);
                if (evictOnFailure) {
                    store.evict(keys.get(i));
                }
            }
        }
        return made;
    }
}
