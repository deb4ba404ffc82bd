package io.redisstate.benchmarks;

import io.redisstate.ratelimit.RateLimit;
import io.redisstate.ratelimit.RateLimitAlgorithm;
import java.time.Duration;
import java.util.List;

/** All threads ask for permits of one subject, which has enough. The floor is bare Jedis
 * with a fixed window, and so is the first of ours. */
final class RateOnHotKey implements Scenario {

    private static final long PLENTY = 10_000_000;
    private static final Duration PER = Duration.ofSeconds(1);

    @Override
    public String name() {
        return "rate-hot-key";
    }

    @Override
    public List<Integer> threads() {
        return List.of(1, 8, 32);
    }

    @Override
    public List<Subject> subjects(Target target, int threads) {
        RateSubjects rates = new RateSubjects(target, PLENTY, PER, true);
        return List.of(
                rates.bareJedis(),
                rates.redisState(Subject.US, RateLimit.of("hot", PLENTY, PER, RateLimitAlgorithm.FIXED_WINDOW)),
                rates.redisState(Subject.US + "-token-bucket", RateLimit.of("hot", PLENTY, PER)),
                rates.redisson(),
                rates.bucket4j());
    }
}
