package io.redisstate.cache;

/**
 * Is told where each value comes from that a cache gives, for a page that shows it, a header, a trace or a log. Called on the
 * thread that asked, before it gets the value, so it has to be quick; what it throws is logged. Thread-safe.
 *
 * @since 0.1
 */
@FunctionalInterface
public interface CacheListener {

    /**
     * A caller is about to get a value.
     *
     * @param cache the cache's name
     * @param key the key as text
     * @param source where the value comes from
     */
    void answered(String cache, String key, CacheSource source);
}
