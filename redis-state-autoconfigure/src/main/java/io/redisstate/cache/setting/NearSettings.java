package io.redisstate.cache.setting;

import java.time.Duration;

/**
 * The part of a cache that a process keeps in its own memory, coherent with Redis. Needs Caffeine.
 *
 * @param size how many values at most; at least 1
 * @param maxAge how long a value stays there at most, even if no change is heard; at least 1 ms
 * @since 0.1
 */
public record NearSettings(long size, Duration maxAge) {

    /** 10,000 values for a minute. */
    public static final NearSettings DEFAULT = new NearSettings(10_000, Duration.ofMinutes(1));

    public NearSettings {
        if (size < 1) {
            throw new InvalidCacheSettingException("near.size", size, "must be at least 1");
        }
        if (maxAge.toMillis() < 1) {
            throw new InvalidCacheSettingException("near.max-age", maxAge, "must be at least 1 ms");
        }
    }
}
