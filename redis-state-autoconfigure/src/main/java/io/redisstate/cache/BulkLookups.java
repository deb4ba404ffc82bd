package io.redisstate.cache;

import io.redisstate.cache.CacheCounters.Event;
import io.redisstate.cache.entry.Reading;
import io.redisstate.cache.entry.Reading.State;
import io.redisstate.cache.near.NearCache;
import io.redisstate.cache.near.SeenKeys;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Looks many keys up at once: in this process's memory, in Redis, and from a loader. Thread-safe. */
final class BulkLookups {

    private final CacheStore store;
    private final BulkReads reads;
    private final BulkLoads bulkLoads;
    private final Loads loads;
    private final Loader loaders;
    private final CacheCounters counters;
    private final TransactionalChanges changes;
    private final SeenKeys seen;
    private final NearLookups near;
    private final @Nullable BehindWrites behind;
    private final Answers answers;

    BulkLookups(
            CacheStore store,
            BulkReads reads,
            BulkLoads bulkLoads,
            Loads loads,
            Loader loaders,
            CacheCounters counters,
            TransactionalChanges changes,
            SeenKeys seen,
            NearLookups near,
            @Nullable BehindWrites behind,
            Answers answers) {
        this.store = store;
        this.reads = reads;
        this.bulkLoads = bulkLoads;
        this.loads = loads;
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
    Map<String, @Nullable Object> get(List<Request> requests, BulkLoader loader) {
        Lookup lookup = inMemory(requests);
        if (!lookup.missing.isEmpty()) {
            BulkReads.Found found = read(lookup);
            note(lookup, found.readings());
            refresh(lookup, found.readings(), loader);
            queued(lookup);
            counters.count(Event.MISS, lookup.missing.size());
            load(lookup, found, loader);
        }
        if (!lookup.untouchable.isEmpty()) {
            // What this transaction has changed, others may not see.
            lookup.values.putAll(loaders.callAll(() -> loader.load(lookup.untouchable)));
        }
        return lookup.values;
    }

    /** What is stale but kept is given at once, and loaded anew by one in the background. */
    private void refresh(Lookup lookup, Map<String, Reading> readings, BulkLoader loader) {
        List<Request> stale = lookup.missing.values().stream()
                .filter(request -> {
                    Reading reading = readings.get(request.key());
                    return reading != null && reading.state() == State.STALE;
                })
                .toList();
        if (!stale.isEmpty()) {
            stale(lookup, stale, readings);
            loads.refreshAll(stale, open -> bulkLoads.refresh(open, readings, loader));
        }
    }

    private void stale(Lookup lookup, List<Request> requests, Map<String, Reading> readings) {
        counters.count(Event.STALE_HIT, requests.size());
        for (Request request : requests) {
            lookup.values.put(
                    request.key(),
                    Objects.requireNonNull(readings.get(request.key())).value());
            lookup.missing.remove(request.key());
            answers.given(request, CacheSource.STALE);
        }
    }

    private void load(Lookup lookup, BulkReads.Found found, BulkLoader loader) {
        List<Request> missing = List.copyOf(lookup.missing.values());
        if (missing.isEmpty()) {
            return;
        }
        boolean kept = missing.stream().allMatch(request -> {
            Reading reading = found.readings().get(request.key());
            return reading != null && reading.state().isUsable();
        });
        if (kept && missing.stream().anyMatch(request -> loads.hasFailed(request.key()))) {
            stale(lookup, missing, found.readings());
            return;
        }
        try {
            Map<String, @Nullable Object> loaded =
                    bulkLoads.load(bulkLoads.claim(missing, found.readings(), found.tokens()), loader);
            lookup.values.putAll(loaded);
            loaded.keySet().forEach(seen::add);
            missing.forEach(request ->
                    answers.given(request, loaded.containsKey(request.key()) ? CacheSource.LOADED : CacheSource.NONE));
        } catch (LoadFailure ex) {
            if (!kept) {
                throw ex;
            }
            loads.failed(missing, ex);
            stale(lookup, missing, found.readings());
        }
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
