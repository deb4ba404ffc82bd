package io.redisstate.cache;

import java.util.Collection;
import org.jspecify.annotations.Nullable;
import org.springframework.cache.Cache;

/**
 * A cache whose entries can carry tags, by which they are invalidated together. A tag is the application's, not the
 * cache's: it may be carried by entries of several caches.
 *
 * @since 0.1
 */
public interface TaggedCache extends Cache {

    /** As {@link #put(Object, Object)}, with tags. */
    void put(Object key, @Nullable Object value, Collection<String> tags);

    /** A view of the same cache that gives all values it stores or loads these tags, besides its own. */
    TaggedCache tagged(Collection<String> tags);

    /** Invalidates all entries with the tag, in all caches; 1 round trip whatever their number. */
    void invalidateTag(String tag);
}
