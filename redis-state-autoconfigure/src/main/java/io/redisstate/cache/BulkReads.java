package io.redisstate.cache;

import io.redisstate.core.CallExecutor;
import io.redisstate.core.ScriptCall;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataAccessException;

/** Many keys of one cache at a time: one MGET, on a cluster one pipeline for each node. Thread-safe. */
final class BulkReads {

    private final CacheStore store;
    private final CacheProtocol protocol;
    private final BooleanSupplier cluster;

    BulkReads(CacheStore store, BooleanSupplier cluster) {
        this.store = store;
        this.protocol = store.protocol();
        this.cluster = cluster;
    }

    /** What Redis holds of the keys, in their order. */
    List<Reading> read(List<Request> requests) {
        try {
            long version = store.version().current(java.time.Duration.ZERO);
            List<byte @Nullable []> values = values(requests);
            List<Reading> readings = new ArrayList<>(requests.size());
            for (int i = 0; i < requests.size(); i++) {
                Request request = requests.get(i);
                readings.add(
                        store.isOutOfDate(request.key())
                                ? Reading.away()
                                : store.parsed(request, values.get(i), version));
            }
            return readings;
        } catch (DataAccessException ex) {
            store.failed(ex);
            return requests.stream().map(request -> Reading.away()).toList();
        }
    }

    private List<byte @Nullable []> values(List<Request> requests) {
        List<byte @Nullable []> values = new ArrayList<>(requests.size());
        if (!cluster.getAsBoolean()) {
            for (Object value : protocol.calls().execute(protocol.getAll(requests))) {
                values.add((byte @Nullable []) value);
            }
            return values;
        }
        List<ScriptCall<byte @Nullable []>> calls = new ArrayList<>(requests.size());
        for (Request request : requests) {
            calls.add(protocol.get(request.key()));
        }
        for (CallExecutor.Outcome<byte @Nullable []> outcome : protocol.calls().executeAll(calls)) {
            values.add(outcome.get());
        }
        return values;
    }

    /** Claims the keys that are free, so that a change during the load wins; a token for each, null for the others. */
    List<@Nullable String> claim(List<Request> requests, List<Reading> readings, String token) {
        List<@Nullable String> tokens = new ArrayList<>(requests.size());
        List<ScriptCall<List<@Nullable Object>>> calls = new ArrayList<>(requests.size());
        for (int i = 0; i < requests.size(); i++) {
            calls.add(protocol.claiming(
                    requests.get(i).key(),
                    token,
                    ClaimRenewal.LEASE,
                    readings.get(i).seen(),
                    ""));
        }
        for (CallExecutor.Outcome<List<@Nullable Object>> outcome :
                protocol.calls().executeAll(calls)) {
            boolean won =
                    outcome.error() == null && Objects.equals(outcome.get().get(0), 1L);
            tokens.add(won ? token : null);
        }
        return tokens;
    }

    /** Stores or puts many; failures are counted, and what was there is then evicted, now or later. */
    void write(List<ScriptCall<Long>> calls, List<String> keys, boolean evictOnFailure) {
        List<CallExecutor.Outcome<Long>> outcomes = protocol.calls().executeAll(calls);
        for (int i = 0; i < outcomes.size(); i++) {
            if (outcomes.get(i).error() instanceof DataAccessException ex) {
                store.failed(ex);
                if (evictOnFailure) {
                    store.evict(keys.get(i));
                }
            }
        }
    }
}
