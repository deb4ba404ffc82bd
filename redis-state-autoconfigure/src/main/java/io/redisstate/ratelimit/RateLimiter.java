package io.redisstate.ratelimit;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * One limit, applied to any number of subjects, each counted on its own.
 *
 * <p>A check is one round trip with about four commands; of a leased limit, or of a subject denied before, mostly none. If
 * the reply to a check is lost, its permits may be counted without having been given; never the other way round.
 * Thread-safe.
 *
 * @since 0.1
 */
public final class RateLimiter {

    private static final Duration LONGEST_WAIT = Duration.ofDays(36_500);

    private final Supplier<RateLimit> limit;
    private final RateLimitChecks checks;

    RateLimiter(Supplier<RateLimit> limit, RateLimitChecks checks) {
        this.limit = limit;
        this.checks = checks;
    }

    /** The limit as it stands now. */
    public RateLimit limit() {
        return limit.get();
    }

    /** As {@link #tryAcquire(String, long)} with a cost of 1. */
    public RateLimitResult tryAcquire(String key) {
        return tryAcquire(key, 1);
    }

    /**
     * Takes permits if they are to be had now.
     *
     * @param key the subject; not empty
     * @param cost how many permits, all or none
     * @throws IllegalArgumentException if the cost is less than 1 or more than the limit could ever give at once
     */
    public RateLimitResult tryAcquire(String key, long cost) {
        return checks.check(new RateLimitRequest(limit(), key, cost));
    }

    /**
     * Takes permits, waiting for them if need be. It waits as long as the limit says and asks again, so it costs a round
     * trip for each time others were faster. It does not wait at all if the limit says that it would not be enough.
     *
     * @param maxWait how long to wait at most; of zero or less it does not wait
     * @return a result that is allowed, or the last denial
     * @throws InterruptedException if the thread is interrupted while it waits
     */
    public RateLimitResult acquire(String key, long cost, Duration maxWait) throws InterruptedException {
        long deadline = System.nanoTime() + nanos(maxWait);
        while (true) {
            RateLimitResult result = tryAcquire(key, cost);
            long now = System.nanoTime();
            long until = now + result.retryAfter().toNanos();
            if (result.allowed() || until - deadline > 0) {
                return result;
            }
            while (until - System.nanoTime() > 0) {
                if (Thread.interrupted()) {
                    throw new InterruptedException("Interrupted while waiting for rate limit '" + limit().name() + "'");
                }
                LockSupport.parkNanos(this, Math.max(until - System.nanoTime(), TimeUnit.MICROSECONDS.toNanos(50)));
            }
        }
    }

    /** A wait in nanoseconds, of which there are enough for a century. */
    private static long nanos(Duration wait) {
        return wait.compareTo(LONGEST_WAIT) >= 0 ? LONGEST_WAIT.toNanos() : wait.toNanos();
    }

    /** What a call of cost 1 would be told now; takes nothing. One round trip. */
    public RateLimitResult peek(String key) {
        return checks.peek(limit(), key);
    }

    /** Forgets all calls of a subject, in Redis and in this process. One round trip. */
    public void reset(String key) {
        checks.reset(limit(), key);
    }

    /**
     * Takes permits even if there are not enough, as a penalty: the subject is denied the longer. A sliding log counts at
     * most its limit. One round trip.
     *
     * @throws UnsupportedOperationException for a concurrency limit
     */
    public RateLimitResult penalize(String key, long cost) {
        if (cost < 1) {
            throw new IllegalArgumentException(
                    "The penalty for rate limit '" + limit().name() + "' is " + cost + "; allowed is 1 or more");
        }
        return checks.force(limit(), key, cost);
    }

    /**
     * Takes permits of a concurrency limit, to be given back.
     *
     * @return empty if they are not to be had now
     * @throws UnsupportedOperationException if the limit is of another algorithm
     */
    public Optional<RateLimitPermit> tryHold(String key, long permits) {
        return checks.hold(new RateLimitRequest(limit(), key, permits));
    }

    @Override
    public String toString() {
        return "limiter on " + limit();
    }
}
