package io.redisstate.cache.near;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.redisstate.cache.entry.Entry;
import io.redisstate.cache.entry.Reading;
import io.redisstate.cache.setting.NearSettings;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;

/**
 * One cache's values in this process's memory, by key text. Only what was read from Redis while changes are being heard
 * gets in, and only if no change of the key was heard since before that read. Thread-safe.
 */
public final class NearCache {

    private static final int STRIPES = 4_096;
    private static final Duration LONGEST = Duration.ofDays(36_500);

    private final Cache<String, Near> values;
    /** How many changes were heard of the keys of each stripe. */
    private final AtomicLongArray changes = new AtomicLongArray(STRIPES);

    /** Odd while changes are heard; each new number makes all values of before worthless. */
    private volatile long era;

    private final long maxAge;

    /** A value and what must still be so for it to be given. */
    public record Near(Reading reading, long era, long until) {}

    /** Leave to put in a value that is read from now on. */
    public record Ticket(String key, long era, long changes) {}

    /** Caffeine is not told of ages: it would ask for the time once more. What is too old goes by size, or when Redis tells. */
    public NearCache(NearSettings settings) {
        this.values = Caffeine.newBuilder().maximumSize(settings.size()).build();
        this.maxAge = settings.maxAge().compareTo(LONGEST) > 0
                ? LONGEST.toMillis()
                : settings.maxAge().toMillis();
    }

    /** What is here, fresh and of the cache's version given, or null. */
    @Nullable
    public Reading find(String key, long version, long now) {
        Near near = values.getIfPresent(key);
        return near == null
                        || now >= near.until()
                        || near.era() != era
                        || near.reading().version() != version
                ? null
                : near.reading();
    }

    /** To be taken before Redis is read; null while changes are not heard. */
    @Nullable
    public Ticket ticket(String key) {
        long now = era;
        return (now & 1) == 0 ? null : new Ticket(key, now, changes.get(stripe(key)));
    }

    /** Puts in what was read after the ticket was taken, unless the key has changed since. */
    public void put(@Nullable Ticket ticket, Reading reading, long now) {
        Entry entry = reading.entry();
        if (ticket == null || entry == null) {
            return;
        }
        long until = now + Math.min(maxAge, entry.freshUntil() - now);
        // Within the map's own lock for the key: an invalidation either is seen here, or removes what is put in here.
        values.asMap()
                .compute(
                        ticket.key(),
                        (key, present) -> changes.get(stripe(key)) == ticket.changes() && era == ticket.era()
                                ? new Near(reading, ticket.era(), until)
                                : present);
    }

    public void changed(String key) {
        changes.incrementAndGet(stripe(key));
        values.invalidate(key);
    }

    /** All values of before are worthless; from now on changes are heard, or not. */
    public synchronized void newEra(boolean live) {
        long next = era + 1;
        era = (next & 1) == (live ? 1 : 0) ? next : next + 1;
        values.invalidateAll();
    }

    public long size() {
        return values.estimatedSize();
    }

    private static int stripe(String key) {
        int hash = key.hashCode();
        return (hash ^ hash >>> 16) & STRIPES - 1;
    }
}
