package io.redisstate.cache;

import io.redisstate.cache.CacheCounters.Event;
import io.redisstate.cache.setting.CacheSettings;
import io.redisstate.core.ScriptCall;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataAccessException;

/** Puts change entries and nothing else. Thread-safe. */
final class EntryWrites implements Writes {

    private final CacheSettings settings;
    private final Wiring wiring;
    private final CacheStore store;
    private final BulkReads bulk;
    private final CacheCounters counters;
    private final TransactionalChanges changes;
    private final Consumer<String> forget;

    /** @param forget told of each key that was changed */
    EntryWrites(
            CacheSettings settings,
            Wiring wiring,
            CacheStore store,
            BulkReads bulk,
            CacheCounters counters,
            TransactionalChanges changes,
            Consumer<String> forget) {
        this.settings = settings;
        this.wiring = wiring;
        this.store = store;
        this.bulk = bulk;
        this.counters = counters;
        this.changes = changes;
        this.forget = forget;
    }

    @Override
    public void putAll(List<Request> requests, List<@Nullable Object> values) {
        if (requests.size() == 1 || changes.isPostponed(settings.transactionAware())) {
            for (int i = 0; i < requests.size(); i++) {
                put(requests.get(i), values.get(i));
            }
            return;
        }
        wiring.coherence().begin();
        try {
            putMany(requests, values);
        } catch (DataAccessException ex) {
            store.failed(ex);
            requests.forEach(request -> store.evict(request.key()));
        }
        requests.forEach(request -> forget.accept(request.key()));
    }

    private void put(Request request, @Nullable Object value) {
        changes.change(settings.transactionAware(), request.key(), () -> {
            wiring.coherence().begin();
            store.put(request, value);
            forget.accept(request.key());
        });
    }

    private void putMany(List<Request> requests, List<@Nullable Object> values) {
        long version = store.version().current(Duration.ZERO);
        Map<String, @Nullable Object> byKey = new HashMap<>();
        for (int i = 0; i < requests.size(); i++) {
            byKey.put(requests.get(i).key(), values.get(i));
        }
        BulkTags tags = BulkTags.of(requests, byKey, store, wiring.versions());
        List<ScriptCall<Long>> calls = new ArrayList<>();
        List<String> keys = new ArrayList<>();
        for (int i = 0; i < requests.size(); i++) {
            Request request = requests.get(i);
            EntryCodec.Draft draft = store.codec().draft(request, values.get(i), version, tags.of(request.key()), 0);
            keys.add(request.key());
            calls.add(
                    draft == null
                            ? store.protocol().evict(request.key())
                            : store.protocol().put(request.key(), draft.bytes(), draft.ttl()));
        }
        counters.count(Event.PUT, bulk.write(calls, keys, true));
    }

    @Override
    public void deleteAll(List<Request> requests) {
        for (Request request : requests) {
            changes.change(settings.transactionAware(), request.key(), () -> {
                store.evict(request.key());
                forget.accept(request.key());
            });
        }
    }
}
