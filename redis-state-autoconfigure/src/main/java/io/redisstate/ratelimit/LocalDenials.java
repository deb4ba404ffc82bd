package io.redisstate.ratelimit;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Subjects that were denied, until they could succeed. Bounded: beyond 10,000 subjects those that could succeed again are
 * dropped, and if there are none, new ones are not remembered.
 */
final class LocalDenials {

    private static final int MAX = 10_000;

    private final Map<Subject, Denial> denials = new ConcurrentHashMap<>();

    private record Subject(String limit, String key) {}

    private record Denial(RateLimit rule, long cost, long retryAt, long resetAt) {}

    /** The denial that still holds for this request, if one is known. */
    @Nullable
    RateLimitResult find(RateLimitRequest request) {
        if (denials.isEmpty()) {
            return null;
        }
        Subject subject = new Subject(request.limit().name(), request.key());
        Denial denial = denials.get(subject);
        if (denial == null || request.cost() < denial.cost || !denial.rule.equals(request.limit())) {
            return null;
        }
        long now = System.nanoTime();
        if (denial.retryAt - now <= 0) {
            denials.remove(subject, denial);
            return null;
        }
        return RateLimitResult.denied(
                request.limit(),
                Duration.ofNanos(denial.retryAt - now),
                Duration.ofNanos(Math.max(0, denial.resetAt - now)));
    }

    /**
     * Remembers a denial.
     *
     * @param sent when the request was sent, a {@link System#nanoTime()}: the server's clock started then or later, so the
     *     denial is never remembered for too long
     */
    void remember(RateLimitRequest request, RateLimitResult result, long sent) {
        if (!request.limit().localDenial() || request.limit().algorithm() == RateLimitAlgorithm.CONCURRENCY) {
            return;
        }
        if (denials.size() >= MAX) {
            long now = System.nanoTime();
            denials.values().removeIf(denial -> denial.retryAt - now <= 0);
            if (denials.size() >= MAX) {
                return;
            }
        }
        denials.put(
                new Subject(request.limit().name(), request.key()),
                new Denial(
                        request.limit(),
                        request.cost(),
                        sent + result.retryAfter().toNanos(),
                        sent + result.resetAfter().toNanos()));
    }

    void forget(String limit, String key) {
        denials.remove(new Subject(limit, key));
    }

    int size() {
        return denials.size();
    }
}
