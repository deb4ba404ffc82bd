package io.redisstate.ratelimit;

import io.redisstate.core.CallExecutor;
import io.redisstate.core.ConnectionCallExecutor;
import io.redisstate.core.KeySpace;
import io.redisstate.core.Reply;
import io.redisstate.core.Script;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataAccessException;
import org.springframework.data.redis.connection.RedisConnectionFactory;

/**
 * The rate limits of an application, counted in Redis for all its processes.
 *
 * <p>Time is the server's. Each check is one call of one script, whatever the algorithm and however many limits of one
 * subject it asks. Keys are {@code <prefix>:rate:{<subject>}:<limit>:<algorithm><period in ms>}; each expires when the
 * limit is full again. A change of a limit's algorithm or period begins to count anew, a change of anything else does
 * not. Thread-safe.
 *
 * @since 0.1
 */
public final class RateLimiters {

    private static final Script<long[]> TAKE = Script.load(RateLimiters.class, "take", Reply.LONGS);
    private static final int REPLY_OF_ONE = 4;

    private final KeySpace keys;
    private final CallExecutor calls;
    private final Map<String, RateLimit> named = new ConcurrentHashMap<>();

    private RateLimiters(Builder builder) {
        this.keys = KeySpace.of(builder.keyPrefix, "rate");
        this.calls = builder.calls == null ? new ConnectionCallExecutor(builder.connections) : builder.calls;
        builder.limits.forEach((name, limit) -> define(limit));
    }

    /** Starts from a connection factory; everything else has a default. */
    public static Builder builder(RedisConnectionFactory connections) {
        return new Builder(connections);
    }

    /** A limiter of a limit that has no entry here. */
    public RateLimiter limiter(RateLimit limit) {
        RateLimit checked = requireCounted(limit);
        return new RateLimiter(this, () -> checked);
    }

    /**
     * The limiter of a defined limit; it follows later definitions.
     *
     * @throws IllegalArgumentException if there is none of that name; the message names those there are
     */
    public RateLimiter limiter(String name) {
        named(name);
        return new RateLimiter(this, () -> named(name));
    }

    /** Adds or replaces a limit by its name, from the next check on. This process only. */
    public void define(RateLimit limit) {
        named.put(limit.name(), requireCounted(limit));
    }

    /** The defined limits by name, as they are now. */
    public Map<String, RateLimit> limits() {
        return new TreeMap<>(named);
    }

    /**
     * Takes permits of several limits of one subject, all or none.
     *
     * @param requests at least one, all with the same key
     * @return the denial that takes longest to wait for, else the result with the least left
     * @throws DataAccessException if Redis can't be asked and one of the limits is closed then
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
     * As {@link #tryAcquireAll(List)}, with the result of each limit in the order of the requests; one that allows does
     * not mean that anything was taken, if another does not.
     */
    public List<RateLimitResult> tryAcquireEach(List<RateLimitRequest> requests) {
        return ask(requests, true);
    }

    RateLimitResult peek(RateLimitRequest request) {
        return ask(List.of(request), false).get(0);
    }

    private List<RateLimitResult> ask(List<RateLimitRequest> requests, boolean take) {
        String subject = requests.get(0).key();
        List<String> scriptKeys = new ArrayList<>(requests.size());
        List<Object> arguments = new ArrayList<>();
        arguments.add(take ? 1 : 0);
        for (RateLimitRequest request : requests) {
            if (!request.key().equals(subject)) {
                throw new IllegalArgumentException("Limits are checked together for one key, not for '" + subject
                        + "' and '" + request.key() + "'");
            }
            RateLimit limit = requireCounted(request.limit());
            String code = code(limit.algorithm());
            scriptKeys.add(
                    keys.key(subject, limit.name() + ':' + code + limit.per().toMillis()));
            arguments.addAll(List.of(code, limit.limit(), limit.per().toMillis(), limit.burst(), request.cost()));
        }
        try {
            return results(requests, calls.execute(TAKE.call(scriptKeys, arguments.toArray())));
        } catch (DataAccessException ex) {
            if (requests.stream().allMatch(request -> request.limit().failOpen())) {
                return requests.stream().map(RateLimiters::unchecked).toList();
            }
            throw ex;
        }
    }

    private static List<RateLimitResult> results(List<RateLimitRequest> requests, long[] reply) {
        List<RateLimitResult> results = new ArrayList<>(requests.size());
        for (int i = 0; i < requests.size(); i++) {
            int at = i * REPLY_OF_ONE;
            RateLimit limit = requests.get(i).limit();
            results.add(new RateLimitResult(
                    reply[at] == 1,
                    limit.most(),
                    reply[at + 1],
                    Duration.ofMillis(reply[at + 2]),
                    Duration.ofMillis(reply[at + 3]),
                    limit));
        }
        return results;
    }

    private static RateLimitResult unchecked(RateLimitRequest request) {
        RateLimit limit = request.limit();
        return new RateLimitResult(true, limit.most(), limit.most(), Duration.ZERO, Duration.ZERO, limit);
    }

    private RateLimit named(String name) {
        RateLimit limit = named.get(name);
        if (limit == null) {
            throw new IllegalArgumentException(
                    "There is no rate limit '" + name + "'; defined are " + limits().keySet());
        }
        return limit;
    }

    private static RateLimit requireCounted(RateLimit limit) {
        if (limit.algorithm() == RateLimitAlgorithm.CONCURRENCY) {
            throw new IllegalArgumentException("The rate limit '" + limit.name()
                    + "' counts permits that are given back (CONCURRENCY); a limiter of calls per time can't check it");
        }
        return limit;
    }

    private static String code(RateLimitAlgorithm algorithm) {
        return switch (algorithm) {
            case TOKEN_BUCKET -> "b";
            case FIXED_WINDOW -> "f";
            case SLIDING_WINDOW -> "w";
            case SLIDING_LOG -> "l";
            case CONCURRENCY -> throw new IllegalStateException("Refused before");
        };
    }

    /** Settings of the limiters; not thread-safe. */
    public static final class Builder {

        private final RedisConnectionFactory connections;
        private String keyPrefix = "redis-state";
        private @Nullable CallExecutor calls;
        private Map<String, RateLimit> limits = Map.of();

        private Builder(RedisConnectionFactory connections) {
            this.connections = connections;
        }

        /** What all keys start with; {@code redis-state} by default. */
        public Builder keyPrefix(String prefix) {
            this.keyPrefix = prefix;
            return this;
        }

        /** The way to Redis; straight through the connection factory by default. */
        public Builder calls(CallExecutor calls) {
            this.calls = calls;
            return this;
        }

        /** The limits by name; none by default. */
        public Builder limits(Map<String, RateLimit> limits) {
            this.limits = Map.copyOf(limits);
            return this;
        }

        public RateLimiters build() {
            return new RateLimiters(this);
        }
    }
}
