package io.redisstate.sample.venues;

import io.redisstate.cache.write.CacheWriter;
import io.redisstate.structure.RedisStructures;
import io.redisstate.structure.counter.Counters;
import java.util.Collection;
import java.util.Map;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * Writes the counts of venues that were looked at to the database.
 *
 * <p>Two instances may put their counts in another order than they counted. So what is written is the count as it is now, never a
 * difference and never a smaller one than before; to write it twice does no harm.
 */
@Component
class VenueViewWriter implements CacheWriter<String, Long> {

    private final Counters views;
    private final JdbcClient database;

    VenueViewWriter(RedisStructures structures, JdbcClient database) {
        this.views = structures.counters(VenueViews.NAME);
        this.database = database;
    }

    @Override
    public String cache() {
        return VenueViews.NAME;
    }

    @Override
    public void writeAll(Map<String, Long> counts) {
        Map<String, Long> now = views.getAll(counts.keySet());
        counts.forEach((venue, count) -> write(venue, Math.max(count, now.getOrDefault(venue, 0L))));
    }

    private void write(String venue, long count) {
        if (update(venue, count) == 0) {
            database.sql(
                            "insert into venue_view (venue, views) select cast(:venue as varchar(50)), cast(:views as bigint)"
                                    + " where not exists (select 1 from venue_view where venue = :venue)")
                    .param("venue", venue)
                    .param("views", count)
                    .update();
        }
    }

    private int update(String venue, long count) {
        return database.sql("update venue_view set views = :views where venue = :venue and views < :views")
                .param("venue", venue)
                .param("views", count)
                .update();
    }

    @Override
    public void deleteAll(Collection<String> venues) {
        venues.forEach(venue -> database.sql("delete from venue_view where venue = :venue")
                .param("venue", venue)
                .update());
    }
}
