package io.redisstate.cache;

/**
 * Where the value came from that a caller of a cache got.
 *
 * @since 0.1
 */
public enum CacheSource {
    /** The process's own memory. */
    NEAR,
    /** Redis, and it was fresh. */
    REDIS,
    /** Redis, and it was not fresh: given while it is refreshed, or because the load failed. */
    STALE,
    /** The load of another caller, in this process or another one. */
    AWAITED,
    /** The caller's own load. */
    LOADED,
    /** Nowhere: the cache has none, and was given no loader. */
    NONE
}
