package io.redisstate.cache;

/**
 * Fills caches when the application has started, in the background; a bean of this type is found. With
 * {@code cache.get(key, loader)} only one of several processes that start together loads each value.
 *
 * @since 0.1
 */
@FunctionalInterface
public interface CacheWarmer {

    /**
     * Fills them.
     *
     * @throws Exception logged; the application runs on with cold caches
     */
    void warm(RedisStateCacheManager caches) throws Exception;
}
