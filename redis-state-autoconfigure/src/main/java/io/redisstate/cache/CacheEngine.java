package io.redisstate.cache;

import io.redisstate.cache.CacheCounters.Event;
import io.redisstate.cache.Reading.State;
import io.redisstate.cache.setting.WriteBehindSettings;
import io.redisstate.cache.write.TypedWriter;
import io.redisstate.cache.write.WriteBehind;
import io.redisstate.core.ScriptCall;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataAccessException;
import org.springframework.data.redis.connection.RedisClusterConnection;
import org.springframework.data.redis.connection.RedisConnection;

/** One cache: what its views of several types share. Thread-safe. */
final class CacheEngine {

    private final String name;
    private final CacheSettings settings;
    private final Wiring wiring;
    private final CacheCounters counters;
    private final CacheStore store;
    private final Loads loads;
    private final EarlyRefresh early;
    private final @Nullable NearCache near;
    private final BulkReads bulk;
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
        this.loads = new Loads(name, settings, wiring, store, counters);
        this.early = new EarlyRefresh(
                settings.earlyRefreshBeta(), () -> ThreadLocalRandom.current().nextDouble());
        this.bulk = new BulkReads(store, this::isCluster);
        this.answers = new Answers(name, wiring.listeners());
        this.near = settings.near() == null ? null : new NearCache(settings.near());
        if (near != null) {
            wiring.coherence().add(keys, near);
        }
        if (writer == null) {
            this.behind = null;
            this.writes = new EntryWrites(settings, wiring, store, bulk, counters, changes, this::forget);
        } else if (behindSettings == null) {
            this.behind = null;
            this.writes = new ThroughWrites(settings, wiring, writer, store, counters, changes, this::forget);
        } else {
            this.behind =
                    new BehindWrites(settings, behindSettings, wiring, writer, store, counters, changes, this::forget);
            this.writes = behind;
        }
    }

    private boolean isCluster() {
        try (RedisConnection connection = wiring.connections().getConnection()) {
            return connection instanceof RedisClusterConnection;
        }
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
        Reading close = findNear(request.key(), nowIfNear());
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
        return behind == null ? null : behind.queued(List.of(request)).get(0);
    }

    /** A fresh value in this process's memory; null if there is none. */
    private @Nullable Reading findNear(String key, long now) {
        if (near == null) {
            return null;
        }
        Reading reading = near.find(key, store.version().known(), now);
        if (reading == null) {
            return null;
        }
        Entry entry = reading.entry();
        return entry != null && store.areTagsKnownCurrent(entry) ? reading : null;
    }

    /** To ask for the time costs as much as the rest of a near hit, so it is done once. */
    private long nowIfNear() {
        return near == null ? 0 : wiring.clock().millis();
    }

    private Reading read(Request request) {
        wiring.coherence().begin();
        if (near == null) {
            return store.read(request);
        }
        NearCache.Ticket ticket = near.ticket(request.key());
        Reading reading = store.read(request);
        if (reading.state() == State.FRESH) {
            near.put(ticket, reading, wiring.clock().millis());
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
            return answers.loaded(request, loader, loads::call);
        }
        long now = nowIfNear();
        Reading close = findNear(request.key(), now);
        if (close != null) {
            counters.count(Event.NEAR_HIT);
            answers.given(request, CacheSource.NEAR);
            refreshEarly(request, close, loader, now);
            return close.value();
        }
        Flight flight = loads.underWay(request.key());
        if (flight != null && !flight.isOwn()) {
            counters.count(Event.MISS);
            return load(request, Reading.missing(null, 0), loader);
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

    private @Nullable Object load(Request request, Reading reading, Callable<?> loader) {
        return answers.loaded(request, loader, watched -> loads.load(request, reading, watched));
    }

    private void refreshEarly(Request request, Reading reading, Callable<?> loader, long now) {
        Entry entry = reading.entry();
        if (entry != null && early.isDue((double) now, (double) entry.freshUntil(), entry.costMicros())) {
            loads.refresh(request, reading, loader);
        }
    }

    /** What this process remembers of a key is worth nothing. */
    private void forget(String key) {
        if (near != null) {
            near.changed(key);
        }
        loads.forget(key);
    }

    /** The fresh values of some keys, those near first; null where there is none. */
    List<@Nullable Reading> findAll(List<Request> requests) {
        wiring.coherence().begin();
        List<@Nullable Reading> found = new ArrayList<>(Collections.nCopies(requests.size(), null));
        List<Integer> asked = new ArrayList<>();
        List<Request> questions = new ArrayList<>();
        List<NearCache.@Nullable Ticket> tickets = new ArrayList<>();
        long now = nowIfNear();
        for (int i = 0; i < requests.size(); i++) {
            Request request = requests.get(i);
            if (changes.touches(request.key())) {
                continue;
            }
            Reading close = findNear(request.key(), now);
            if (close != null) {
                counters.count(Event.NEAR_HIT);
                answers.given(request, CacheSource.NEAR);
                found.set(i, close);
            } else {
                asked.add(i);
                questions.add(request);
                tickets.add(near == null ? null : near.ticket(request.key()));
            }
        }
        List<Reading> readings = questions.isEmpty() ? List.of() : bulk.read(questions);
        for (int i = 0; i < readings.size(); i++) {
            Reading reading = readings.get(i);
            boolean hit = reading.state() == State.FRESH;
            counters.count(hit ? Event.HIT : Event.MISS);
            if (hit) {
                found.set(asked.get(i), reading);
                if (near != null) {
                    near.put(tickets.get(i), reading, now);
                }
            }
        }
        if (behind != null) {
            findQueued(behind, requests, found);
        }
        for (int i = 0; i < questions.size(); i++) {
            boolean hit = found.get(asked.get(i)) != null;
            answers.given(questions.get(i), hit ? CacheSource.REDIS : CacheSource.NONE);
        }
        return found;
    }

    private void findQueued(BehindWrites writesBehind, List<Request> requests, List<@Nullable Reading> found) {
        List<Integer> missing = new ArrayList<>();
        for (int i = 0; i < found.size(); i++) {
            if (found.get(i) == null && !changes.touches(requests.get(i).key())) {
                missing.add(i);
            }
        }
        if (!missing.isEmpty()) {
            List<@Nullable Reading> queued =
                    writesBehind.queued(missing.stream().map(requests::get).toList());
            for (int i = 0; i < queued.size(); i++) {
                found.set(missing.get(i), queued.get(i));
            }
        }
    }

    /**
     * Loads what was not found and stores it, unless it is changed meanwhile; 2 round trips. Keys that somebody else is
     * loading are loaded here too, but not stored.
     */
    Map<String, @Nullable Object> loadAll(List<Request> requests, Callable<Map<String, @Nullable Object>> loader) {
        List<@Nullable String> tokens = claimAll(requests);
        long begun = System.nanoTime();
        Map<String, @Nullable Object> values = null;
        try {
            values = loads.callAll(loader);
            return values;
        } finally {
            storeAll(requests, tokens, values, System.nanoTime() - begun);
        }
    }

    private List<@Nullable String> claimAll(List<Request> requests) {
        try {
            long version = store.version().current(Duration.ZERO);
            return bulk.claim(
                    requests,
                    requests.stream()
                            .map(request -> Reading.missing(null, version))
                            .toList(),
                    UUID.randomUUID().toString());
        } catch (DataAccessException ex) {
            store.failed(ex);
            return Collections.nCopies(requests.size(), null);
        }
    }

    private void storeAll(
            List<Request> requests,
            List<@Nullable String> tokens,
            @Nullable Map<String, @Nullable Object> values,
            long nanos) {
        try {
            List<ScriptCall<Long>> calls = new ArrayList<>();
            List<String> keys = new ArrayList<>();
            long version = store.version().current(Duration.ZERO);
            for (int i = 0; i < requests.size(); i++) {
                String token = tokens.get(i);
                Request request = requests.get(i);
                if (token == null || store.isOutOfDate(request.key())) {
                    continue;
                }
                CacheStore.Draft draft = values == null || !values.containsKey(request.key())
                        ? null
                        : store.draft(request, values.get(request.key()), version, store.tags(request), nanos);
                keys.add(request.key());
                calls.add(
                        draft == null
                                ? store.protocol().releasing(request.key(), token, "", Duration.ZERO)
                                : store.protocol().storing(request.key(), token, draft.bytes(), draft.ttl()));
            }
            bulk.write(calls, keys, false);
        } catch (DataAccessException ex) {
            store.failed(ex);
        }
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
