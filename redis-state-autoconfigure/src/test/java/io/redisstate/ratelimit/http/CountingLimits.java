package io.redisstate.ratelimit.http;

import io.redisstate.ratelimit.RateLimit;
import io.redisstate.ratelimit.RateLimitAlgorithm;
import io.redisstate.ratelimit.RateLimitResult;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Limits in memory that never reset within a test: all or none, as those on Redis. */
final class CountingLimits implements LimitCheck {

    private final Map<String, RateLimit> limits = new LinkedHashMap<>();
    private final Map<String, Long> used = new HashMap<>();
    private @Nullable RuntimeException failure;
    private int calls;

    CountingLimits limit(String name, long limit) {
        limits.put(
                name, RateLimit.of(name, limit, Duration.ofMinutes(1)).withAlgorithm(RateLimitAlgorithm.FIXED_WINDOW));
        return this;
    }

    Map<String, RateLimit> limits() {
        return limits;
    }

    synchronized int calls() {
        return calls;
    }

    synchronized long used(String limit, String subject) {
        return used.getOrDefault(limit + '/' + subject, 0L);
    }

    synchronized void reset() {
        used.clear();
        failure = null;
    }

    synchronized void fail(@Nullable RuntimeException failure) {
        this.failure = failure;
    }

    @Override
    public synchronized List<RateLimitResult> tryAcquire(String subject, List<Demand> demands) {
        calls++;
        if (failure != null) {
            throw failure;
        }
        boolean allowed = demands.stream().allMatch(demand -> left(demand, subject) >= demand.cost());
        if (allowed) {
            demands.forEach(demand -> used.merge(demand.limit() + '/' + subject, demand.cost(), Long::sum));
        }
        return demands.stream().map(demand -> result(demand, subject, allowed)).toList();
    }

    private RateLimitResult result(Demand demand, String subject, boolean allAllowed) {
        RateLimit rule = rule(demand);
        long left = left(demand, subject);
        boolean allowed = allAllowed || left >= demand.cost();
        Duration retryAfter = allowed ? Duration.ZERO : Duration.ofMillis(29_001);
        return new RateLimitResult(allowed, rule.limit(), left, retryAfter, Duration.ofSeconds(30), rule);
    }

    private long left(Demand demand, String subject) {
        return rule(demand).limit() - used(demand.limit(), subject);
    }

    private RateLimit rule(Demand demand) {
        RateLimit rule = limits.get(demand.limit());
        if (rule == null) {
            throw new IllegalArgumentException("No limit " + demand.limit());
        }
        return rule;
    }
}
