package io.redisstate.cache;

import io.redisstate.cache.CacheCounters.Event;
import io.redisstate.cache.entry.Reading;
import io.redisstate.cache.entry.Reading.State;
import io.redisstate.cache.near.NearCache;
import io.redisstate.cache.near.SeenKeys;
import io.redisstate.cache.setting.CacheSettings;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Looks many keys up at once: in this process's memory, in Redis, and from a loader. Thread-safe. */
final class BulkLookups {

    private final CacheStore store;
    private final BulkReads reads;
    private final BulkLoads loads;
    private final Loader loaders;
    private final CacheCounters counters;
    private final TransactionalChanges changes;
    private final SeenKeys seen;
    private final NearLookups near;
    private final @Nullable BehindWrites behind;
    private final Answers answers;

    BulkLookups(
            CacheSettings settings,
            Wiring wiring,
            CacheStore store,
            BulkReads reads,
            Loader loaders,
            CacheCounters counters,
            TransactionalChanges changes,
            SeenKeys seen,
            NearLookups near,
            @Nullable BehindWrites behind,
            Answers answers) {
        this.store = store;
        this.reads = reads;
        this.loads = new BulkLoads(settings, wiring, store, reads, loaders, counters);
        this.loaders = loaders;
        this.counters = counters;
        this.changes = changes;
        this.seen = seen;
        this.near = near;
        this.behind = behind;
        this.answers = answers;
    }

    /** One lookup; what is left of it where. */
    private static final class Lookup {

        final Map<String, @Nullable Object> values = new LinkedHashMap<>();
        final Map<String, Request> missing = new LinkedHashMap<>();
        final List<Request> untouchable = new ArrayList<>();
        final Map<String, NearCache.@Nullable Ticket> tickets = new HashMap<>();
    }

    /** The fresh values, by the keys' texts. */
    Map<String, @Nullable Object> find(List<Request> requests) {
        Lookup lookup = inMemory(requests);
        if (!lookup.missing.isEmpty()) {
            note(lookup, reads.read(List.copyOf(lookup.missing.values())));
            queued(lookup);
            counters.count(Event.MISS, lookup.missing.size());
            lookup.missing.values().forEach(request -> answers.given(request, CacheSource.NONE));
        }
        return lookup.values;
    }

    /**
     * The values, the missing ones from a loader.
     *
     * @throws LoadFailure what the loader threw
     */
    Map<String, @Nullable Object> get(
            List<Request> requests, Function<List<Request>, Map<String, @Nullable Object>> loader) {
        Lookup lookup = inMemory(requests);
        BulkReads.Found found = new BulkReads.Found(Map.of(), Map.of());
        if (!lookup.missing.isEmpty()) {
            found = read(lookup);
            note(lookup, found.readings());
            queued(lookup);
            counters.count(Event.MISS, lookup.missing.size());
        }
        List<Request> missing = List.copyOf(lookup.missing.values());
        if (!missing.isEmpty()) {
            BulkLoads.Missing claimed = loads.claim(missing, found.readings(), found.tokens());
            Map<String, @Nullable Object> loaded = loads.load(claimed, loader);
            lookup.values.putAll(loaded);
            loaded.keySet().forEach(seen::add);
            missing.forEach(request ->
                    answers.given(request, loaded.containsKey(request.key()) ? CacheSource.LOADED : CacheSource.NONE));
        }
        if (!lookup.untouchable.isEmpty()) {
            // What this transaction has changed, others may not see.
            lookup.values.putAll(loaders.callAll(() -> loader.apply(lookup.untouchable)));
        }
        return lookup.values;
    }

    private Lookup inMemory(List<Request> requests) {
        Lookup lookup = new Lookup();
        long now = near.now();
        for (Request request : requests) {
            String key = request.key();
            if (changes.touches(key)) {
                lookup.untouchable.add(request);
                continue;
            }
            Reading reading = near.find(key, now);
            if (reading != null) {
                counters.count(Event.NEAR_HIT);
                answers.given(request, CacheSource.NEAR);
                lookup.values.put(key, reading.value());
            } else if (lookup.missing.putIfAbsent(key, request) == null) {
                lookup.tickets.put(key, near.ticket(key));
            }
        }
        return lookup;
    }

    /** Keys that Redis hardly holds are claimed in the same round trip. */
    private BulkReads.Found read(Lookup lookup) {
        boolean known = store.version().known() != 0;
        List<Request> likely = new ArrayList<>();
        List<Request> unlikely = new ArrayList<>();
        for (Request request : lookup.missing.values()) {
            boolean claim = known && !seen.contains(request.key()) && !store.isOutOfDate(request.key());
            (claim ? unlikely : likely).add(request);
        }
        return reads.read(likely, unlikely, UUID.randomUUID().toString());
    }

    private void note(Lookup lookup, Map<String, Reading> readings) {
        readings.forEach((key, reading) -> {
            if (reading.state().isUsable()) {
                seen.add(key);
            } else if (reading.state() == State.MISSING) {
                seen.remove(key);
            }
            if (reading.state() == State.FRESH) {
                hit(lookup, key, reading);
                near.put(lookup.tickets.get(key), reading);
            }
        });
    }

    private void queued(Lookup lookup) {
        if (behind != null && !lookup.missing.isEmpty()) {
            behind.queued(List.copyOf(lookup.missing.values())).forEach((key, reading) -> hit(lookup, key, reading));
        }
    }

    private void hit(Lookup lookup, String key, Reading reading) {
        counters.count(Event.HIT);
        lookup.values.put(key, reading.value());
        Request request = lookup.missing.remove(key);
        if (request != null) {
            answers.given(request, CacheSource.REDIS);
        }
    }
}
