package io.redisstate.cache;

import io.redisstate.cache.CacheCounters.Event;
import io.redisstate.cache.entry.Reading;
import io.redisstate.cache.entry.Reading.State;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What the first look at a key showed that was not read before its load; counts it as a hit or a miss. For one thread. */
final class FirstLook implements Consumer<Reading> {

    private final CacheCounters counters;
    private boolean told;
    private @Nullable Reading found;

    FirstLook(CacheCounters counters) {
        this.counters = counters;
    }

    @Override
    public void accept(Reading reading) {
        told = true;
        if (reading.state() == State.FRESH || reading.state() == State.STALE) {
            found = reading;
            counters.count(reading.state() == State.FRESH ? Event.HIT : Event.STALE_HIT);
        } else {
            counters.count(Event.MISS);
        }
    }

    /** What there was to be given. */
    @Nullable
    Reading found() {
        return found;
    }

    /** Where the value comes from if no loader was called. */
    CacheSource source() {
        if (found == null) {
            return CacheSource.AWAITED;
        }
        return found.state() == State.FRESH ? CacheSource.REDIS : CacheSource.STALE;
    }

    /** Nobody looked. */
    void end() {
        if (!told) {
            counters.count(Event.MISS);
        }
    }
}
