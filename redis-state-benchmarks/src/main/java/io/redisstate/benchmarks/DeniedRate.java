package io.redisstate.benchmarks;

import io.redisstate.ratelimit.RateLimit;
import java.time.Duration;
import java.util.List;

/** A flood of calls of a subject that has no permits left. The floor is bare Jedis. */
final class DeniedRate implements Scenario {

    private static final Duration PER = Duration.ofHours(1);

    @Override
    public String name() {
        return "rate-denied";
    }

    @Override
    public List<Integer> threads() {
        return List.of(8);
    }

    @Override
    public List<Subject> subjects(Target target, int threads) {
        RateSubjects rates = new RateSubjects(target, 1, PER, false);
        return List.of(
                rates.bareJedis(),
                rates.redisState(Subject.US, RateLimit.of("denied", 1, PER)),
                rates.redisson(),
                rates.bucket4j());
    }
}
