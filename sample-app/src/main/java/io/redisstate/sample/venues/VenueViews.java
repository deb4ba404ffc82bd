package io.redisstate.sample.venues;

import io.redisstate.cache.RedisStateCache;
import io.redisstate.cache.RedisStateCacheManager;
import io.redisstate.structure.RedisStructures;
import io.redisstate.structure.counter.Counters;
import java.util.List;
import java.util.Map;
import org.springframework.stereotype.Component;

/** How often each venue was looked at: counted in Redis, written behind to the database by {@link VenueViewWriter}. */
@Component
class VenueViews {

    /** The counters, and the cache that has the writer. */
    static final String NAME = "venue-views";

    private final Counters views;
    private final RedisStateCache written;
    private final Venues venues;

    VenueViews(RedisStructures structures, RedisStateCacheManager caches, Venues venues) {
        this.views = structures.counters(NAME);
        this.written = caches.getCache(NAME);
        this.venues = venues;
    }

    /** Counts a look; returns how many there were. However many there are in a second, the database is written once. */
    long viewed(String venue) {
        long count = views.increment(venue);
        written.put(venue, count);
        return count;
    }

    Map<String, Long> counts() {
        return views.getAll(ids());
    }

    private List<String> ids() {
        return venues.all().stream().map(Venue::id).toList();
    }
}
