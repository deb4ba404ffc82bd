package io.redisstate.benchmarks;

import java.time.Duration;
import java.util.List;
import org.springframework.integration.redis.util.RedisLockRegistry.RedisLockType;

/** Eight threads of one process lock one name. The floor is a lock within the process. */
record ContendedLock(String name, Duration section) implements Scenario {

    @Override
    public List<Integer> threads() {
        return List.of(8);
    }

    @Override
    public List<Subject> subjects(Target target, int threads) {
        LockSubjects locks = new LockSubjects(target, section, thread -> "one");
        return List.of(
                locks.localLock(),
                locks.redisState(Subject.US, 1, false),
                locks.redisson("redisson", 1, false),
                locks.springIntegration("spring-integration-spin", 1, RedisLockType.SPIN_LOCK),
                locks.springIntegration("spring-integration-pubsub", 1, RedisLockType.PUB_SUB_LOCK));
    }

    @Override
    public boolean reportsWaits() {
        return true;
    }
}
