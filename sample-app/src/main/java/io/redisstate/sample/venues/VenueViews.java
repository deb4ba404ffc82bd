package io.redisstate.sample.venues;

import io.redisstate.structure.RedisStructures;
import io.redisstate.structure.counter.Counters;
import java.util.List;
import java.util.Map;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * How often each venue was looked at: counted in Redis, written behind to the database a few seconds later.
 *
 * <p>What is written is the count itself, never a difference, and never a smaller one; so several instances may write it, and
 * one that dies in between loses nothing.
 */
@Component
class VenueViews {

    private static final long EVERY_MILLIS = 3_000;

    private final Counters views;
    private final Venues venues;
    private final JdbcClient database;

    VenueViews(RedisStructures structures, Venues venues, JdbcClient database) {
        this.views = structures.counters("venue-views");
        this.venues = venues;
        this.database = database;
    }

    /** Counts a look; returns how many there were. */
    long viewed(String venue) {
        return views.increment(venue);
    }

    Map<String, Long> counts() {
        return views.getAll(ids());
    }

    @Scheduled(fixedDelay = EVERY_MILLIS)
    void writeBehind() {
        counts().forEach((venue, count) -> {
            if (count > 0 && update(venue, count) == 0) {
                database.sql(
                                "insert into venue_view (venue, views) select cast(:venue as varchar(50)), cast(:views as bigint)"
                                        + " where not exists (select 1 from venue_view where venue = :venue)")
                        .param("venue", venue)
                        .param("views", count)
                        .update();
            }
        });
    }

    private int update(String venue, long count) {
        return database.sql("update venue_view set views = :views where venue = :venue and views < :views")
                .param("venue", venue)
                .param("views", count)
                .update();
    }

    private List<String> ids() {
        return venues.all().stream().map(Venue::id).toList();
    }

    /** Runs the methods with {@link Scheduled}. */
    @Configuration(proxyBeanMethods = false)
    @EnableScheduling
    static class Scheduling {}
}
