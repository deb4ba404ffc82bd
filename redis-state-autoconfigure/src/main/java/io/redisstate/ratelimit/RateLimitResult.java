package io.redisstate.ratelimit;

import java.time.Duration;

/**
 * What became of asking a limit for permits.
 *
 * @param allowed whether they were granted
 * @param limit how many there are at most
 * @param remaining how many are left now, at least 0
 * @param retryAfter how long until the same request could succeed; 0 if it was allowed
 * @param resetAfter how long until all permits are there again, if nobody takes any
 * @param rule the limit that was asked; of several, the one that denied or that is nearest to it
 * @since 0.1
 */
public record RateLimitResult(
        boolean allowed, long limit, long remaining, Duration retryAfter, Duration resetAfter, RateLimit rule) {}
