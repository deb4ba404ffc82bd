package io.redisstate.benchmarks;

import io.redisstate.ratelimit.RateLimit;
import io.redisstate.ratelimit.RateLimitAlgorithm;
import java.time.Duration;
import java.util.List;

/** A process takes permits in chunks and spends them without asking. The floor is bare Jedis, which asks each time. */
final class LeasedRate implements Scenario {

    private static final long PLENTY = 50_000_000_000L;
    private static final Duration PER = Duration.ofMinutes(1);
    private static final int CHUNK = 100_000;

    @Override
    public String name() {
        return "rate-leased";
    }

    @Override
    public List<Integer> threads() {
        return List.of(8);
    }

    @Override
    public List<Subject> subjects(Target target, int threads) {
        RateSubjects rates = new RateSubjects(target, PLENTY, PER, true);
        RateLimit leased = RateLimit.of("leased", PLENTY, PER, RateLimitAlgorithm.FIXED_WINDOW)
                .withLeaseChunk(CHUNK);
        return List.of(rates.bareJedis(), rates.redisState(Subject.US, leased), rates.redisson(), rates.bucket4j());
    }
}
