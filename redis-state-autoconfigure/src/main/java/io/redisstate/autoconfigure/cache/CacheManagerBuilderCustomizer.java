package io.redisstate.autoconfigure.cache;

import io.redisstate.cache.RedisStateCacheManager;

/**
 * Sets up the cache manager in code, after the properties; ordered beans of this type are asked one after the other.
 *
 * @since 0.1
 */
@FunctionalInterface
public interface CacheManagerBuilderCustomizer {

    /** Sets up what is being built. */
    void customize(RedisStateCacheManager.Builder builder);
}
