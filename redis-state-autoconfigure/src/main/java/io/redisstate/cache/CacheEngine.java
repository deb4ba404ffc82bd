package io.redisstate.cache;

import io.redisstate.cache.CacheCounters.Event;
import io.redisstate.cache.Reading.State;
import io.redisstate.core.CallExecutor;
import io.redisstate.core.KeySpace;
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
    private final TransactionalChanges changes = new TransactionalChanges();

    CacheEngine(String name, CacheSettings settings, Wiring wiring) {
        this.name = name;
        this.settings = settings;
        this.wiring = wiring;
        this.counters = new CacheCounters(settings.statistics());
        CallExecutor calls = wiring.calls();
        KeySpace keys = KeySpace.of(wiring.keyPrefix(), "cache:" + encoded(name));
        this.store = new CacheStore(name, settings, wiring, new CacheProtocol(calls, keys), counters);
        this.loads = new Loads(name, settings, wiring, store, counters);
        this.early = new EarlyRefresh(
                settings.earlyRefreshBeta(), () -> ThreadLocalRandom.current().nextDouble());
        this.bulk = new BulkReads(store, this::isCluster);
        this.near = settings.near() == null ? null : new NearCache(settings.near());
        if (near != null) {
            String any = keys.key("a");
            wiring.coherence().add(any.substring(0, any.indexOf('{') + 1), near);
        }
    }

    private boolean isCluster() {
        try (RedisConnection connection = wiring.connections().getConnection()) {
            return connection instanceof RedisClusterConnection;
        }
    }

    /** A cache's name within a key, where braces and white space can't stand. */
    private static String encoded(String name) {
        StringBuilder plain = new StringBuilder(name.length());
        name.chars().forEach(character -> {
            if (character == '%'
                    || character == '{'
                    || character == '}'
                    || character <= ' '
                    || Character.isWhitespace(character)
                    || Character.isISOControl(character)) {
                plain.append(String.format("%%%04X", character));
            } else {
                plain.append((char) character);
            }
        });
        return plain.toString();
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
        Reading close = findNear(request.key());
        if (close != null) {
            counters.count(Event.NEAR_HIT);
            return close;
        }
        Reading reading = read(request);
        boolean hit = reading.state() == State.FRESH;
        counters.count(hit ? Event.HIT : Event.MISS);
        return hit ? reading : null;
    }

    /** A fresh value in this process's memory; null if there is none. */
    private @Nullable Reading findNear(String key) {
        if (near == null) {
            return null;
        }
        Reading reading = near.find(key, store.version().known());
        if (reading == null) {
            return null;
        }
        Entry entry = reading.entry();
        return entry != null && entry.isFresh(wiring.clock().millis()) && store.areTagsKnownCurrent(entry)
                ? reading
                : null;
    }

    private Reading read(Request request) {
        wiring.coherence().begin();
        if (near == null) {
            return store.read(request);
        }
        NearCache.Ticket ticket = near.ticket(request.key());
        Reading reading = store.read(request);
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
            return loads.call(loader);
        }
        Reading close = findNear(request.key());
        if (close != null) {
            counters.count(Event.NEAR_HIT);
            refreshEarly(request, close, loader);
            return close.value();
        }
        Flight flight = loads.underWay(request.key());
        if (flight != null && !flight.isOwn()) {
            counters.count(Event.MISS);
            return loads.load(request, Reading.missing(null, 0), loader);
        }
        Reading reading = read(request);
        return switch (reading.state()) {
            case FRESH -> {
                counters.count(Event.HIT);
                refreshEarly(request, reading, loader);
                yield reading.value();
            }
            case STALE -> {
                counters.count(Event.STALE_HIT);
                loads.refresh(request, reading, loader);
                yield reading.value();
            }
            case EXPIRED, MISSING, AWAY -> {
                counters.count(Event.MISS);
                yield loads.load(request, reading, loader);
            }
        };
    }

    private void refreshEarly(Request request, Reading reading, Callable<?> loader) {
        Entry entry = reading.entry();
        if (entry != null
                && early.isDue((double) wiring.clock().millis(), (double) entry.freshUntil(), entry.costMicros())) {
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
        for (int i = 0; i < requests.size(); i++) {
            Request request = requests.get(i);
            if (changes.touches(request.key())) {
                continue;
            }
            Reading close = findNear(request.key());
            if (close != null) {
                counters.count(Event.NEAR_HIT);
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
                    near.put(tickets.get(i), reading);
                }
            }
        }
        return found;
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

    /** Stores values whatever is there, in one pipeline; after the commit if there is a transaction. */
    void putAll(List<Request> requests, List<@Nullable Object> values) {
        if (changes.isPostponed(settings.transactionAware())) {
            for (int i = 0; i < requests.size(); i++) {
                put(requests.get(i), values.get(i));
            }
            return;
        }
        wiring.coherence().begin();
        try {
            long version = store.version().current(Duration.ZERO);
            List<ScriptCall<Long>> calls = new ArrayList<>();
            List<String> keys = new ArrayList<>();
            for (int i = 0; i < requests.size(); i++) {
                Request request = requests.get(i);
                CacheStore.Draft draft = store.draft(request, values.get(i), version, store.tags(request), 0);
                keys.add(request.key());
                calls.add(
                        draft == null
                                ? store.protocol().evict(request.key())
                                : store.protocol().put(request.key(), draft.bytes(), draft.ttl()));
            }
            bulk.write(calls, keys, true);
            counters.count(Event.PUT, keys.size());
        } catch (DataAccessException ex) {
            store.failed(ex);
            requests.forEach(request -> store.evict(request.key()));
        }
        requests.forEach(request -> forget(request.key()));
    }

    long evictMatching(String pattern) {
        return new MatchingEviction(wiring.connections(), store.protocol(), this::forget).evict(pattern);
    }

    void put(Request request, @Nullable Object value) {
        changes.change(settings.transactionAware(), request.key(), () -> putNow(request, value));
    }

    private void putNow(Request request, @Nullable Object value) {
        wiring.coherence().begin();
        store.put(request, value);
        forget(request.key());
    }

    /** What was there, else null. */
    @Nullable
    Reading putIfAbsent(Request request, @Nullable Object value) {
        Reading present = store.putIfAbsent(request, value);
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
