package io.redisstate.ratelimit;

import io.redisstate.core.CallExecutor;
import io.redisstate.core.ConnectionGuard;
import io.redisstate.core.KeySpace;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.springframework.data.redis.connection.RedisConnectionFactory;

/**
 * The rate limits of an application: those with a name, which can be changed while it runs, and any others.
 *
 * <p>Time is the Redis server's; clients' clocks don't matter. All keys have a TTL, so subjects that stop calling leave
 * nothing behind. Where Redis can't be asked, each limit fails open or closed as it says; an error that Redis answers with
 * is thrown. Uses strings and sorted sets. Thread-safe.
 *
 * @since 0.1
 */
public final class RateLimiters {

    private final Map<String, RateLimit> named = new ConcurrentHashMap<>();
    private final RateLimitChecks checks;

    private RateLimiters(Builder builder) {
        CallExecutor calls = builder.calls == null ? ConnectionGuard.of(builder.connections) : builder.calls;
        this.checks = new RateLimitChecks(new RateLimitProtocol(calls, KeySpace.of(builder.keyPrefix, "rate")));
        builder.limits.values().forEach(this::define);
    }

    /** A builder of limiters on the given connections. */
    public static Builder builder(RedisConnectionFactory connections) {
        return new Builder(connections);
    }

    /** A limiter of a limit that is given in full. */
    public RateLimiter limiter(RateLimit limit) {
        return new RateLimiter(() -> limit, checks);
    }

    /**
     * A limiter of the limit with this name; it follows its changes.
     *
     * @throws IllegalArgumentException if there is none; the message lists those there are
     */
    public RateLimiter limiter(String name) {
        limit(name);
        return new RateLimiter(() -> limit(name), checks);
    }

    /**
     * The limit with this name as it stands now.
     *
     * @throws IllegalArgumentException if there is none; the message lists those there are
     */
    public RateLimit limit(String name) {
        RateLimit limit = named.get(name);
        if (limit == null) {
            throw new IllegalArgumentException("There is no rate limit '" + name + "'; defined are "
                    + new TreeMap<>(named).keySet() + " (redis-state.rate-limit.limits.<name>)");
        }
        return limit;
    }

    /**
     * Defines a limit under its name, or changes it, from the next call on and in this process only. What subjects have used
     * still counts, except after a change of the algorithm or of {@code per}, which begins anew.
     */
    public void define(RateLimit limit) {
        named.put(limit.name(), limit);
    }

    /** The limits with a name as they stand now. */
    public Map<String, RateLimit> limits() {
        return Map.copyOf(named);
    }

    /**
     * Takes permits of several limits, all or none. Those of one subject are checked together in one round trip; of several
     * subjects one after the other, and given back if a later one denies.
     *
     * @param requests at least one
     * @return the denial that takes longest to wait for, else the result with the least left
     * @throws UnsupportedOperationException if one limits concurrency; see {@link #tryHoldAll}
     */
    public RateLimitResult tryAcquireAll(List<RateLimitRequest> requests) {
        List<RateLimitResult> results = tryAcquireEach(requests);
        return results.stream()
                .filter(result -> !result.allowed())
                .max(Comparator.comparing(RateLimitResult::retryAfter))
                .orElseGet(() -> results.stream()
                        .min(Comparator.comparing(RateLimitResult::remaining))
                        .orElseThrow());
    }

    /**
     * As {@link #tryAcquireAll}, with the result of each limit that was asked; one that allows does not mean that anything
     * was taken, if another does not.
     */
    public List<RateLimitResult> tryAcquireEach(List<RateLimitRequest> requests) {
        for (RateLimitRequest request : requests) {
            if (request.limit().algorithm() == RateLimitAlgorithm.CONCURRENCY) {
                throw new UnsupportedOperationException("Rate limit '"
                        + request.limit().name() + "' limits concurrency; use tryHoldAll, which gives permits back");
            }
        }
        return requests.isEmpty() ? List.of() : checks.checkAll(requests, "");
    }

    /** As {@link #tryAcquireAll}, also for limits of concurrency, whose permits are held until the result is closed. */
    public HeldLimits tryHoldAll(List<RateLimitRequest> wanted) {
        List<RateLimitRequest> requests = RateLimitChecks.merged(wanted);
        if (requests.stream().noneMatch(RateLimiters::isHeld)) {
            return new HeldLimits(requests.isEmpty() ? List.of() : checks.checkAll(requests, ""), () -> {});
        }
        String permit = RateLimitChecks.newPermit();
        List<RateLimitResult> results = checks.checkAll(requests, permit);
        boolean allowed = results.stream().allMatch(RateLimitResult::allowed);
        List<RateLimitRequest> held =
                allowed ? requests.stream().filter(RateLimiters::isHeld).toList() : List.of();
        return new HeldLimits(results, () -> held.forEach(request -> checks.release(request, permit)));
    }

    private static boolean isHeld(RateLimitRequest request) {
        return request.limit().algorithm() == RateLimitAlgorithm.CONCURRENCY;
    }

    /** Builds {@link RateLimiters}. Not thread-safe. */
    public static final class Builder {

        private final RedisConnectionFactory connections;
        private String keyPrefix = "redis-state";
        private Map<String, RateLimit> limits = Map.of();
        private @Nullable CallExecutor calls;

        private Builder(RedisConnectionFactory connections) {
            this.connections = connections;
        }

        /** What all keys start with; default {@code redis-state}. */
        public Builder keyPrefix(String prefix) {
            this.keyPrefix = prefix;
            return this;
        }

        /** How calls go to Redis; default {@link ConnectionGuard#of}. */
        public Builder calls(CallExecutor executor) {
            this.calls = executor;
            return this;
        }

        /** The limits with a name. */
        public Builder limits(Map<String, RateLimit> byName) {
            this.limits = byName;
            return this;
        }

        /** The limiters; nothing is sent to Redis before they are used. */
        public RateLimiters build() {
            return new RateLimiters(this);
        }
    }
}
