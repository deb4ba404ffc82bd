package io.redisstate.cache;

import io.redisstate.cache.setting.CacheSettings;
import io.redisstate.cache.write.TypedWriter;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * How the caches of a manager are set up.
 *
 * @param defaults settings of caches that have none of their own
 * @param configured settings of those that have
 * @param writers the writers, by cache
 * @param dynamic whether others are made on demand
 */
record CacheDefinitions(
        CacheSettings defaults,
        Map<String, CacheSettings> configured,
        Map<String, TypedWriter> writers,
        boolean dynamic) {

    CacheDefinitions {
        configured = Map.copyOf(configured);
        writers = Map.copyOf(writers);
    }

    /** The caches there are from the start. */
    Set<String> names() {
        Set<String> names = new TreeSet<>(configured.keySet());
        names.addAll(writers.keySet());
        return names;
    }

    /** How long the longest entry lives. */
    Duration longestLife() {
        Duration longest = defaults.ttl(false);
        for (CacheSettings settings : configured.values()) {
            longest = settings.ttl(false).compareTo(longest) > 0 ? settings.ttl(false) : longest;
        }
        return longest;
    }

    @Nullable
    TypedWriter writer(String name) {
        return writers.get(name);
    }

    /**
     * The settings of a cache.
     *
     * @param obstacle why no cache can be near, if so
     * @throws IllegalStateException if they can't work
     */
    CacheSettings settings(String name, Optional<String> obstacle) {
        CacheSettings settings = configured.getOrDefault(name, defaults);
        if (settings.near() != null && obstacle.isPresent()) {
            throw new IllegalStateException("Cache '" + name + "' can't be near (redis-state.cache.caches." + name
                    + ".near or redis-state.cache.defaults.near): " + obstacle.get());
        }
        TypedWriter writer = writers.get(name);
        if (writer != null) {
            return settings.type() == null
                    ? settings.toBuilder().type(writer.valueType()).build()
                    : settings;
        }
        if (settings.writeBehind() != null && defaults.writeBehind() == null) {
            throw new IllegalStateException("Cache '" + name + "' is set up for write-behind"
                    + " (redis-state.cache.caches." + name + ".write-behind), but it has no CacheWriter to write with");
        }
        return settings;
    }
}
