package io.redisstate.ratelimit;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Permits of fixed windows that this process has taken and not spent. They count in Redis from when they are taken and are
 * worth nothing after their window, so all processes together never exceed the limit.
 *
 * <p>How many are taken at once begins with the cost of the first call and doubles within a window up to the limit's chunk,
 * so a subject with few calls wastes none. Subjects whose window is over are dropped.
 */
final class LeasedPermits {

    private static final int SWEEP_AT = 10_000;

    private final RateLimitProtocol protocol;
    private final Map<Subject, Stock> stocks = new ConcurrentHashMap<>();

    LeasedPermits(RateLimitProtocol protocol) {
        this.protocol = protocol;
    }

    private record Subject(RateLimit rule, String key) {}

    private static final class Stock {
        private final AtomicLong permits = new AtomicLong();
        private final long end;
        private volatile long chunk;

        Stock(long end, long chunk) {
            this.end = end;
            this.chunk = chunk;
        }

        boolean isOver() {
            return end - System.nanoTime() <= 0;
        }

        boolean spend(long cost) {
            // Adding back what was too much keeps the common path at one atomic operation.
            if (permits.get() < cost) {
                return false;
            }
            if (permits.addAndGet(-cost) >= 0) {
                return true;
            }
            permits.addAndGet(cost);
            return false;
        }
    }

    RateLimitResult tryAcquire(RateLimit rule, String key, long cost) {
        Subject subject = new Subject(rule, key);
        Stock stock = stocks.get(subject);
        if (stock != null && !stock.isOver() && stock.spend(cost)) {
            return result(rule, stock, true);
        }
        return refill(subject, cost);
    }

    /** One thread of a subject asks Redis; the others find what it brings. */
    private RateLimitResult refill(Subject subject, long cost) {
        RateLimit rule = subject.rule;
        RateLimitResult[] result = new RateLimitResult[1];
        Stock after = stocks.compute(subject, (key, present) -> {
            Stock stock = present == null || present.isOver() ? null : present;
            if (stock != null && stock.spend(cost)) {
                result[0] = result(rule, stock, true);
                return stock;
            }
            long wanted = stock == null ? cost : Math.max(cost, Math.min(rule.leaseChunk(), stock.chunk * 2));
            long sent = System.nanoTime();
            long[] taken = protocol.take(rule, subject.key, wanted);
            // Reckoned from before the request, so that the window never lasts longer here than on the server.
            long end = sent + TimeUnit.MILLISECONDS.toNanos(Math.max(0, taken[1]));
            Stock next = stock != null
                            && Math.abs(stock.end - end)
                                    < TimeUnit.MILLISECONDS.toNanos(rule.per().toMillis()) / 2
                    ? stock
                    : new Stock(end, wanted);
            next.chunk = wanted;
            // At once, or others could spend what was taken for this call, and it would look as if Redis had no more.
            boolean allowed = taken[0] >= cost;
            next.permits.addAndGet(allowed ? taken[0] - cost : taken[0]);
            result[0] = result(rule, next, allowed || next.spend(cost));
            return next;
        });
        sweep();
        assert after != null;
        return result[0];
    }

    private static RateLimitResult result(RateLimit rule, Stock stock, boolean allowed) {
        Duration left = Duration.ofNanos(Math.max(0, stock.end - System.nanoTime()));
        return new RateLimitResult(
                allowed, rule.limit(), Math.max(0, stock.permits.get()), allowed ? Duration.ZERO : left, left, rule);
    }

    private void sweep() {
        if (stocks.size() > SWEEP_AT) {
            stocks.values().removeIf(Stock::isOver);
        }
    }

    void forget(RateLimit rule, String key) {
        stocks.remove(new Subject(rule, key));
    }
}
