package io.redisstate.ratelimit;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * One limit, asked for any number of subjects. Thread-safe; each check costs one round trip.
 *
 * @since 0.1
 */
public final class RateLimiter {

    private final RateLimiters limiters;
    private final Supplier<RateLimit> limit;

    RateLimiter(RateLimiters limiters, Supplier<RateLimit> limit) {
        this.limiters = limiters;
        this.limit = limit;
    }

    /** The limit as it stands now. */
    public RateLimit limit() {
        return limit.get();
    }

    /** Takes one permit if there is one. */
    public RateLimitResult tryAcquire(String key) {
        return tryAcquire(key, 1);
    }

    /**
     * Takes permits if there are so many.
     *
     * @throws IllegalArgumentException if the limit can never give so many at once
     * @throws org.springframework.dao.DataAccessException if Redis can't be asked and the limit is closed then
     */
    public RateLimitResult tryAcquire(String key, long cost) {
        return limiters.tryAcquireAll(List.of(new RateLimitRequest(limit.get(), key, cost)));
    }

    /**
     * Takes permits, waiting for them as long as that can succeed in time.
     *
     * @param maxWait how long at most; a denial that would take longer is returned at once
     * @throws InterruptedException if interrupted while waiting; nothing was taken then
     */
    public RateLimitResult acquire(String key, long cost, Duration maxWait) throws InterruptedException {
        long end = System.nanoTime() + maxWait.toNanos();
        while (true) {
            RateLimitResult result = tryAcquire(key, cost);
            long left = end - System.nanoTime();
            if (result.allowed() || result.retryAfter().toNanos() > left) {
                return result;
            }
            TimeUnit.NANOSECONDS.sleep(result.retryAfter().toNanos());
        }
    }

    /** What a call would be told, without taking anything. */
    public RateLimitResult peek(String key) {
        return limiters.peek(new RateLimitRequest(limit.get(), key, 1));
    }
}
