package io.redisstate.cache;

import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * Tags that depend on the key or the value, and so are known only when the value is there.
 *
 * @since 0.1
 */
@FunctionalInterface
public interface ValueTags {

    /**
     * The tags of an entry.
     *
     * @param key as it was given to the cache
     * @param value null if the entry says that there is none
     */
    Collection<String> of(Object key, @Nullable Object value);
}
