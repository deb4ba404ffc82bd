package io.redisstate.cache;

import io.redisstate.cache.entry.Entry;
import io.redisstate.cache.entry.Reading;
import io.redisstate.cache.near.CacheKeys;
import io.redisstate.cache.near.NearCache;
import io.redisstate.cache.setting.CacheSettings;
import org.jspecify.annotations.Nullable;

/** One cache's values in this process's memory, if it is near; otherwise there are none. Thread-safe. */
final class NearLookups {

    private final Wiring wiring;
    private final CacheStore store;
    private final @Nullable NearCache near;

    NearLookups(CacheSettings settings, Wiring wiring, CacheKeys keys, CacheStore store) {
        this.wiring = wiring;
        this.store = store;
        this.near = settings.near() == null ? null : new NearCache(settings.near());
        if (near != null) {
            wiring.coherence().add(keys, near);
        }
    }

    /** To ask for the time costs as much as the rest of a near hit, so it is done once; 0 if nothing is near. */
    long now() {
        return near == null ? 0 : wiring.clock().millis();
    }

    /** A fresh value; null if there is none. */
    @Nullable
    Reading find(String key, long now) {
        if (near == null) {
            return null;
        }
        Reading reading = near.find(key, store.version().known(), now);
        if (reading == null || store.isOutOfDate(key)) {
            return null;
        }
        Entry entry = reading.entry();
        return entry != null && store.areTagsKnownCurrent(entry) ? reading : null;
    }

    /** To be taken before Redis is read. */
    NearCache.@Nullable Ticket ticket(String key) {
        return near == null ? null : near.ticket(key);
    }

    /** Puts in what was read after the ticket was taken, unless the key has changed since. */
    void put(NearCache.@Nullable Ticket ticket, Reading reading) {
        if (near != null && ticket != null) {
            near.put(ticket, reading, wiring.clock().millis());
        }
    }

    void changed(String key) {
        if (near != null) {
            near.changed(key);
        }
    }
}
