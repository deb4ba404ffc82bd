package io.redisstate.cache;

import io.redisstate.cache.CacheCounters.Event;
import io.redisstate.cache.Reading.State;
import io.redisstate.core.CallExecutor;
import io.redisstate.core.KeySpace;
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
        Reading reading = store.read(request);
        boolean hit = reading.state() == State.FRESH;
        counters.count(hit ? Event.HIT : Event.MISS);
        return hit ? reading : null;
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
        Flight flight = loads.underWay(request.key());
        if (flight != null && !flight.isOwn()) {
            counters.count(Event.MISS);
            return loads.load(request, Reading.missing(null, 0), loader);
        }
        Reading reading = store.read(request);
        return switch (reading.state()) {
            case FRESH -> fresh(request, reading, loader);
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

    private @Nullable Object fresh(Request request, Reading reading, Callable<?> loader) {
        counters.count(Event.HIT);
        Entry entry = reading.entry();
        if (entry != null
                && early.isDue((double) wiring.clock().millis(), (double) entry.freshUntil(), entry.costMicros())) {
            loads.refresh(request, reading, loader);
        }
        return reading.value();
    }

    void put(Request request, @Nullable Object value) {
        changes.change(settings.transactionAware(), request.key(), () -> putNow(request, value));
    }

    private void putNow(Request request, @Nullable Object value) {
        store.put(request, value);
        loads.forget(request.key());
    }

    /** What was there, else null. */
    @Nullable
    Reading putIfAbsent(Request request, @Nullable Object value) {
        Reading present = store.putIfAbsent(request, value);
        if (present == null) {
            loads.forget(request.key());
        }
        return present;
    }

    void evict(String key) {
        changes.change(settings.transactionAware(), key, () -> evictNow(key));
    }

    boolean evictNow(String key) {
        boolean existed = store.evict(key);
        loads.forget(key);
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
