package io.redisstate.cache;

import java.util.Collection;
import java.util.TreeSet;

/**
 * A cache was asked for that is not configured, where caches are not made on demand; the message lists those there are.
 *
 * @since 0.1
 */
public class UnknownCacheException extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    UnknownCacheException(String name, Collection<String> known) {
        super("There is no cache '" + name + "'; there are " + new TreeSet<>(known)
                + ". Configure it (redis-state.cache.caches." + name
                + "), or let caches be made on demand (redis-state.cache.dynamic=true)");
    }
}
