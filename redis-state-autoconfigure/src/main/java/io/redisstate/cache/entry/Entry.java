package io.redisstate.cache.entry;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an entry says about its value.
 *
 * @param cacheVersion version of its cache when the load began
 * @param created when it was stored, in ms since 1970 by the writer's clock
 * @param freshUntil until when it is fresh, likewise
 * @param keepUntil until when it is given while it is refreshed, likewise; Redis may hold it longer
 * @param costMicros how long the load took
 * @param tags its tags
 * @param isNull whether the value is null
 * @param typeName name of the value's class if the declared type does not say how to read it
 */
public record Entry(
        long cacheVersion,
        long created,
        long freshUntil,
        long keepUntil,
        int costMicros,
        List<TagVersion> tags,
        boolean isNull,
        @Nullable String typeName) {

    /** A tag and its version when the load began. */
    public record TagVersion(String tag, long version) {}

    public boolean isFresh(long now) {
        return now < freshUntil;
    }

    public boolean isKept(long now) {
        return now < keepUntil;
    }
}
