package io.redisstate.cache;

import io.redisstate.cache.CacheCounters.Event;
import io.redisstate.cache.setting.CacheSettings;
import io.redisstate.cache.write.TypedWriter;
import io.redisstate.core.CallExecutor;
import io.redisstate.core.ScriptCall;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataAccessException;

/**
 * Puts go to the writer first, in the caller's thread and transaction, and then to the cache.
 *
 * <p>Meanwhile the entry is gone and claimed, as by a load: who asks waits for the new value. Of several writes of a key at
 * the same time none is stored unless it was the only one, because nobody knows in which order the writer made them. In a
 * transaction the entry is evicted after the commit. Thread-safe.
 */
final class ThroughWrites implements Writes {

    private final CacheSettings settings;
    private final Wiring wiring;
    private final TypedWriter writer;
    private final CacheStore store;
    private final CacheProtocol protocol;
    private final CacheCounters counters;
    private final TransactionalChanges changes;
    private final Consumer<String> forget;

    /** @param forget told of each key that was changed */
    ThroughWrites(
            CacheSettings settings,
            Wiring wiring,
            TypedWriter writer,
            CacheStore store,
            CacheCounters counters,
            TransactionalChanges changes,
            Consumer<String> forget) {
        this.settings = settings;
        this.wiring = wiring;
        this.writer = writer;
        this.store = store;
        this.protocol = store.protocol();
        this.counters = counters;
        this.changes = changes;
        this.forget = forget;
    }

    @Override
    public void deleteAll(List<Request> requests) {
        putAll(requests, Collections.nCopies(requests.size(), null));
    }

    @Override
    public void putAll(List<Request> requests, List<@Nullable Object> values) {
        Map<Object, Object> puts = new LinkedHashMap<>();
        List<Object> deletions = new ArrayList<>();
        for (int i = 0; i < requests.size(); i++) {
            Object value = values.get(i);
            writer.requireKey(requests.get(i).given());
            if (value == null) {
                deletions.add(requests.get(i).given());
            } else {
                writer.requireValue(value);
                puts.put(requests.get(i).given(), value);
            }
        }
        if (changes.isPostponed(settings.transactionAware())) {
            write(puts, deletions);
            requests.forEach(request -> changes.change(true, request.key(), () -> {
                store.evict(request.key());
                forget.accept(request.key());
            }));
            return;
        }
        wiring.coherence().begin();
        String token = begin(requests);
        boolean written = false;
        List<ClaimRenewal.Held> held = token == null ? List.of() : held(requests, token);
        try {
            write(puts, deletions);
            written = true;
        } finally {
            held.forEach(ClaimRenewal.Held::close);
            end(requests, written ? values : null, token);
        }
    }

    private void write(Map<Object, Object> puts, List<Object> deletions) {
        writer.writeAll(puts);
        writer.deleteAll(deletions);
    }

    /** The token of the claims, or null if Redis is away. */
    private @Nullable String begin(List<Request> requests) {
        String token = UUID.randomUUID().toString();
        try {
            protocol.calls()
                    .executeAll(requests.stream()
                            .map(request -> protocol.beginWrite(request.key(), token, ClaimRenewal.LEASE))
                            .toList())
                    .forEach(CallExecutor.Outcome::get);
            requests.forEach(request -> forget.accept(request.key()));
            return token;
        } catch (DataAccessException ex) {
            store.failed(ex);
            return null;
        }
    }

    private List<ClaimRenewal.Held> held(List<Request> requests, String token) {
        return requests.stream()
                .map(request -> wiring.renewal()
                        .keep(protocol.renew(request.key(), token, ClaimRenewal.LEASE), settings.loaderTimeout()))
                .toList();
    }

    private void end(List<Request> requests, @Nullable List<@Nullable Object> values, @Nullable String token) {
        boolean[] stored = new boolean[requests.size()];
        try {
            if (token != null) {
                List<CallExecutor.Outcome<Long>> outcomes = protocol.calls().executeAll(calls(requests, values, token));
                for (int i = 0; i < stored.length; i++) {
                    stored[i] =
                            outcomes.get(i).error() == null && outcomes.get(i).get() == 1;
                }
            }
        } catch (DataAccessException ex) {
            store.failed(ex);
        }
        for (int i = 0; i < stored.length; i++) {
            String key = requests.get(i).key();
            if (!stored[i]) {
                store.evict(key);
            } else if (values != null) {
                wiring.unwritten().done(store.name(), key);
                counters.count(Event.PUT);
            }
            forget.accept(key);
        }
    }

    private List<ScriptCall<Long>> calls(
            List<Request> requests, @Nullable List<@Nullable Object> values, String token) {
        List<ScriptCall<Long>> calls = new ArrayList<>(requests.size());
        long version = store.version().current(Duration.ZERO);
        for (int i = 0; i < requests.size(); i++) {
            Request request = requests.get(i);
            EntryCodec.Draft draft = values == null ? null : draft(request, values.get(i), version);
            calls.add(
                    draft == null
                            ? protocol.releasing(request.key(), token, "", Duration.ZERO)
                            : protocol.storing(request.key(), token, draft.bytes(), draft.ttl()));
        }
        return calls;
    }

    private EntryCodec.@Nullable Draft draft(Request request, @Nullable Object value, long version) {
        return store.codec().draft(request, value, version, store.tags(request.tagsOf(value)), 0);
    }
}
