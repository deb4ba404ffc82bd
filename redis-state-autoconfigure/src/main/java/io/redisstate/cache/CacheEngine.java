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
    private final @Nullable NearCache near;
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
        this.near = settings.near() == null ? null : new NearCache(settings.near());
        if (near != null) {
            String any = keys.key("a");
            wiring.coherence().add(any.substring(0, any.indexOf('{') + 1), near);
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
