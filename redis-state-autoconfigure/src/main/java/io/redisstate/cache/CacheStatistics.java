package io.redisstate.cache;

import java.time.Duration;

/**
 * What a cache of this process has done since it was made.
 *
 * @param nearHits values given from the process's memory
 * @param hits fresh values given from Redis
 * @param staleHits values given while they were refreshed, or in place of a failed load
 * @param misses lookups that found nothing to give
 * @param loads loads that gave a value
 * @param failedLoads loads that failed
 * @param loadTime how long all loads took together
 * @param waits callers that were given another's load
 * @param refreshes loads in the background
 * @param puts entries stored, loaded ones included
 * @param evictions entries removed on request
 * @param unreadable entries that could not be read
 * @param unwritable values that could not be stored for their type or size
 * @param failures calls of Redis that failed
 * @since 0.1
 */
public record CacheStatistics(
        long nearHits,
        long hits,
        long staleHits,
        long misses,
        long loads,
        long failedLoads,
        Duration loadTime,
        long waits,
        long refreshes,
        long puts,
        long evictions,
        long unreadable,
        long unwritable,
        long failures) {

    /** Values given from anywhere. */
    public long allHits() {
        return nearHits + hits + staleHits;
    }
}
