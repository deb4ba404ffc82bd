package io.redisstate.benchmarks;

import java.time.Duration;
import java.util.List;
import org.springframework.integration.redis.util.RedisLockRegistry.RedisLockType;

/** Each thread locks a name of its own. The floor is bare Jedis. */
final class UncontendedLock implements Scenario {

    @Override
    public String name() {
        return "lock-uncontended";
    }

    @Override
    public List<Integer> threads() {
        return List.of(1, 8);
    }

    @Override
    public List<Subject> subjects(Target target, int threads) {
        LockSubjects locks = new LockSubjects(target, Duration.ZERO, thread -> "name" + thread);
        return List.of(
                locks.bareJedis(),
                locks.redisState(Subject.US, 1, false),
                locks.redisson("redisson", 1, false),
                locks.springIntegration("spring-integration-spin", 1, RedisLockType.SPIN_LOCK));
    }
}
