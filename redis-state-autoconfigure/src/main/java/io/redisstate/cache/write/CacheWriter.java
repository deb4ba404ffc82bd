package io.redisstate.cache.write;

import java.util.Collection;
import java.util.Map;

/**
 * Writes what is put into one cache to where its values come from, such as a database; a bean of this type is found.
 *
 * <p>By default <em>through</em>: {@code put} and {@code @CachePut} write here first and then change the cache; if this
 * fails, so does the put, and the cache has no entry. With {@code write-behind} in the cache's settings a put ends when the
 * change is in a queue in Redis, from which it is written here later, in batches, by one of the application's processes at
 * a time. A batch may come again after a failure or a process's death, so writing it twice must do the same as writing it
 * once.
 *
 * <p>The class must say what {@code K} and {@code V} are. Must be thread-safe.
 *
 * @param <K> the keys
 * @param <V> the values
 * @since 0.1
 */
public interface CacheWriter<K, V> {

    /** The name of the cache. */
    String cache();

    /**
     * Writes values, new ones and changed ones, of different keys.
     *
     * @throws Exception if not all could be written
     */
    void writeAll(Map<K, V> values) throws Exception;

    /**
     * Deletes the values of some keys; those that have none are no error.
     *
     * @throws Exception if not all could be deleted
     */
    void deleteAll(Collection<K> keys) throws Exception;
}
