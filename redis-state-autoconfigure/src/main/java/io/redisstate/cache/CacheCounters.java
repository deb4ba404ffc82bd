package io.redisstate.cache;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/** Counts what a cache does. */
final class CacheCounters {

    /** What is counted. */
    enum Event {
        NEAR_HIT,
        HIT,
        STALE_HIT,
        MISS,
        LOAD,
        FAILED_LOAD,
        WAIT,
        REFRESH,
        PUT,
        EVICTION,
        UNREADABLE,
        UNWRITABLE,
        FAILURE
    }

    private final boolean enabled;
    private final Map<Event, LongAdder> counts = new EnumMap<>(Event.class);
    private final LongAdder loadNanos = new LongAdder();

    CacheCounters(boolean enabled) {
        this.enabled = enabled;
        for (Event event : Event.values()) {
            counts.put(event, new LongAdder());
        }
    }

    void count(Event event) {
        if (enabled) {
            of(event).increment();
        }
    }

    void count(Event event, long times) {
        if (enabled) {
            of(event).add(times);
        }
    }

    void loaded(Event outcome, long nanos) {
        count(outcome);
        if (enabled) {
            loadNanos.add(nanos);
        }
    }

    private LongAdder of(Event event) {
        return Objects.requireNonNull(counts.get(event));
    }

    CacheStatistics snapshot() {
        return new CacheStatistics(
                of(Event.NEAR_HIT).sum(),
                of(Event.HIT).sum(),
                of(Event.STALE_HIT).sum(),
                of(Event.MISS).sum(),
                of(Event.LOAD).sum(),
                of(Event.FAILED_LOAD).sum(),
                Duration.ofNanos(loadNanos.sum()),
                of(Event.WAIT).sum(),
                of(Event.REFRESH).sum(),
                of(Event.PUT).sum(),
                of(Event.EVICTION).sum(),
                of(Event.UNREADABLE).sum(),
                of(Event.UNWRITABLE).sum(),
                of(Event.FAILURE).sum());
    }
}
