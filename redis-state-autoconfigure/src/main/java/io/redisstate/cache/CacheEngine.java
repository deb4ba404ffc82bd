package io.redisstate.cache;

import io.redisstate.cache.CacheCounters.Event;
import io.redisstate.cache.entry.Entry;
import io.redisstate.cache.entry.Reading;
import io.redisstate.cache.entry.Reading.State;
import io.redisstate.cache.near.CacheKeys;
import io.redisstate.cache.near.NearCache;
import io.redisstate.cache.near.SeenKeys;
import io.redisstate.cache.setting.CacheSettings;
import io.redisstate.cache.setting.WriteBehindSettings;
import io.redisstate.cache.write.TypedWriter;
import io.redisstate.cache.write.WriteBehind;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** One cache: what its views of several types share. Thread-safe. */
final class CacheEngine {

    private final String name;
    private final CacheSettings settings;
    private final Wiring wiring;
    private final CacheCounters counters;
    private final CacheStore store;
    private final Loads loads;
    private final EarlyRefresh early;
    private final NearLookups near;
    private final Loader loaders;
    private final BulkLookups lookups;
    private final SeenKeys seen = new SeenKeys();
    private final Writes writes;
    private final @Nullable BehindWrites behind;
    private final Answers answers;
    private final TransactionalChanges changes = new TransactionalChanges();

    CacheEngine(String name, CacheSettings settings, Wiring wiring, @Nullable TypedWriter writer) {
        this.name = name;
        this.settings = settings;
        this.wiring = wiring;
        this.counters = new CacheCounters(settings.statistics());
        WriteBehindSettings behindSettings = writer == null ? null : settings.writeBehind();
        CacheKeys keys = new CacheKeys(wiring.keyPrefix(), name, behindSettings != null);
        this.store = new CacheStore(name, settings, wiring, new CacheProtocol(wiring.calls(), keys), counters);
        this.loaders = new Loader(counters);
        this.loads = new Loads(settings, wiring, store, counters, loaders);
        this.early = new EarlyRefresh(
                settings.earlyRefreshBeta(), () -> ThreadLocalRandom.current().nextDouble());
        BulkReads bulk = new BulkReads(store, wiring.cluster());
        this.answers = new Answers(name, wiring.listeners());
        this.near = new NearLookups(settings, wiring, keys, store);
        if (writer == null) {
            this.behind = null;
            this.writes = new EntryWrites(settings, wiring, store, bulk, counters, changes, this::written);
        } else if (behindSettings == null) {
            this.behind = null;
            this.writes = new ThroughWrites(settings, wiring, writer, store, counters, changes, this::written);
        } else {
            this.behind =
                    new BehindWrites(settings, behindSettings, wiring, writer, store, counters, changes, this::written);
            this.writes = behind;
        }
        BulkLoads bulkLoads = new BulkLoads(settings, wiring, store, bulk, loaders, counters);
        this.lookups =
                new BulkLookups(store, bulk, bulkLoads, loads, loaders, counters, changes, seen, near, behind, answers);
    }

    String name() {
        return name;
    }

    CacheSettings settings() {
        return settings;
    }

    CacheStatistics statistics() {
        return counters.snapshot();
    }

    /** How much this process remembers of loads under way or failed. */
    int footprint() {
        return loads.footprint();
    }

    /** A fresh value; null if there is none. */
    @Nullable
    Reading find(Request request) {
        if (changes.touches(request.key())) {
            return null;
        }
        Reading close = near.find(request.key(), near.now());
        if (close != null) {
            counters.count(Event.NEAR_HIT);
            answers.given(request, CacheSource.NEAR);
            return close;
        }
        Reading reading = read(request);
        Reading hit = reading.state() == State.FRESH ? reading : queued(request);
        counters.count(hit != null ? Event.HIT : Event.MISS);
        answers.given(request, hit != null ? CacheSource.REDIS : CacheSource.NONE);
        return hit;
    }

    private @Nullable Reading queued(Request request) {
        return behind == null ? null : behind.queued(List.of(request)).get(request.key());
    }

    private Reading read(Request request) {
        wiring.coherence().begin();
        NearCache.Ticket ticket = near.ticket(request.key());
        Reading reading = store.read(request);
        if (reading.state().isUsable()) {
            seen.add(request.key());
        } else if (reading.state() == State.MISSING) {
            seen.remove(request.key());
        }
        if (reading.state() == State.FRESH) {
            near.put(ticket, reading);
        }
        return reading;
    }

    /**
     * A value from the cache or else the loader.
     *
     * @throws LoadFailure what the loader threw
     */
    @Nullable
    Object get(Request request, Callable<?> loader) {
        if (changes.touches(request.key())) {
            // What this transaction has changed, others may not see, nor may it see what was before.
            return answers.loaded(request, loader, loaders::call);
        }
        long now = near.now();
        Reading close = near.find(request.key(), now);
        if (close != null) {
            counters.count(Event.NEAR_HIT);
            answers.given(request, CacheSource.NEAR);
            refreshEarly(request, close, loader, now);
            return close.value();
        }
        if (loads.isUnderWay(request.key())) {
            counters.count(Event.MISS);
            return load(request, Reading.missing(null, 0), loader);
        }
        if (isUnseen(request.key())) {
            return readOrClaim(request, loader);
        }
        Reading reading = read(request);
        return switch (reading.state()) {
            case FRESH -> {
                counters.count(Event.HIT);
                answers.given(request, CacheSource.REDIS);
                refreshEarly(request, reading, loader, wiring.clock().millis());
                yield reading.value();
            }
            case STALE -> {
                counters.count(Event.STALE_HIT);
                answers.given(request, CacheSource.STALE);
                loads.refresh(request, reading, loader);
                yield reading.value();
            }
            case EXPIRED, MISSING, AWAY -> {
                counters.count(Event.MISS);
                yield load(request, reading, loader);
            }
        };
    }

    /** Whether Redis hardly holds a key, so that it is asked for the claim at once; never without knowing the versions. */
    private boolean isUnseen(String key) {
        return !seen.contains(key) && store.version().known() != 0 && !store.isOutOfDate(key) && !loads.hasFailed(key);
    }

    private @Nullable Object load(Request request, Reading reading, Callable<?> loader) {
        return answers.loaded(request, loader, watched -> loads.load(request, reading, watched, null));
    }

    private @Nullable Object readOrClaim(Request request, Callable<?> loader) {
        String key = request.key();
        NearCache.Ticket ticket = near.ticket(key);
        FirstLook look = new FirstLook(counters);
        Object value;
        try {
            value = answers.loaded(
                    request,
                    loader,
                    watched -> loads.load(
                            request, Reading.missing(null, store.version().known()), watched, look),
                    look::source);
        } finally {
            look.end();
        }
        Reading reading = look.found();
        if (reading == null) {
            if (value != null) {
                seen.add(key);
            }
            return value;
        }
        seen.add(key);
        if (reading.state() == State.STALE) {
            loads.refresh(request, reading, loader);
            return value;
        }
        near.put(ticket, reading);
        refreshEarly(request, reading, loader, wiring.clock().millis());
        return value;
    }

    private void refreshEarly(Request request, Reading reading, Callable<?> loader, long now) {
        Entry entry = reading.entry();
        if (entry != null && early.isDue((double) now, (double) entry.freshUntil(), entry.costMicros())) {
            loads.refresh(request, reading, loader);
        }
    }

    private void written(String key) {
        forget(key);
        seen.add(key);
    }

    /** What this process remembers of a key is worth nothing. */
    private void forget(String key) {
        near.changed(key);
        loads.forget(key);
    }

    /** The fresh values of some keys, by the keys' texts; those near cost nothing, the others 1 round trip. */
    Map<String, @Nullable Object> findAll(List<Request> requests) {
        wiring.coherence().begin();
        return lookups.find(requests);
    }

    /**
     * As {@link #findAll}, with the missing ones from a loader.
     *
     * @throws LoadFailure what the loader threw
     */
    Map<String, @Nullable Object> getAll(List<Request> requests, BulkLoader loader) {
        wiring.coherence().begin();
        return lookups.get(requests, loader);
    }

    long evictMatching(String pattern) {
        return new MatchingEviction(wiring.connections(), store.protocol(), this::forget).evict(pattern);
    }

    /** Puts values, after the commit if there is a transaction. */
    void putAll(List<Request> requests, List<@Nullable Object> values) {
        writes.putAll(requests, values);
    }

    /** Removes entries, and the values they come from if the cache has a writer. */
    void deleteAll(List<Request> requests) {
        writes.deleteAll(requests);
    }

    /** The writes that are still to be made; null if there are none of that kind. */
    @Nullable
    WriteBehind behind() {
        return behind == null ? null : behind.behind();
    }

    /** What was there, else null. */
    @Nullable
    Reading putIfAbsent(Request request, @Nullable Object value) {
        Reading queued = queued(request);
        Reading present = queued == null ? store.putIfAbsent(request, value) : queued;
        if (present == null) {
            forget(request.key());
        }
        return present;
    }

    void evict(String key) {
        changes.change(settings.transactionAware(), key, () -> evictNow(key));
    }

    boolean evictNow(String key) {
        boolean existed = store.evict(key);
        seen.remove(key);
        forget(key);
        return existed;
    }

    void clear() {
        changes.change(settings.transactionAware(), TransactionalChanges.ALL, this::clearNow);
    }

    void clearNow() {
        store.clear();
        loads.forgetAll();
    }
}
