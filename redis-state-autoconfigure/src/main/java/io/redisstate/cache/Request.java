package io.redisstate.cache;

import java.lang.reflect.Type;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What a caller asks of a cache.
 *
 * @param given the key as the caller gave it
 * @param key the same as text
 * @param type what the value is read and written as, if the caller says so
 * @param tags what a value that is stored gets
 * @param valueTags what it gets besides, once it is known
 */
record Request(Object given, String key, @Nullable Type type, Set<String> tags, @Nullable ValueTags valueTags) {

    /** The tags of a value. */
    Collection<String> tagsOf(@Nullable Object value) {
        if (valueTags == null) {
            return tags;
        }
        Set<String> all = new TreeSet<>(tags);
        all.addAll(valueTags.of(given, value));
        return all;
    }
}
