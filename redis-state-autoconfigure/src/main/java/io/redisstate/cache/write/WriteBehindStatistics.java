package io.redisstate.cache.write;

import java.time.Duration;

/**
 * How far the database is behind a cache, as this process saw it at its last look, at most a second ago unless Redis is away.
 *
 * @param pending keys that are to be written
 * @param dead dead letters
 * @param lag how long the oldest pending write has been waiting
 * @param writing whether this process is the one that writes
 * @param written keys this process has written or deleted
 * @param coalesced puts of this process that took the place of an earlier one
 * @param failures batches and single keys that failed in this process
 * @since 0.1
 */
public record WriteBehindStatistics(
        long pending, long dead, Duration lag, boolean writing, long written, long coalesced, long failures) {}
