package io.redisstate.benchmarks;

import java.time.Duration;
import java.util.List;
import org.springframework.integration.redis.util.RedisLockRegistry.RedisLockType;

/** Eight services with a thread each, as eight processes would, lock one name. The floor is a lock within the process. */
record LockOfEightServices(Duration section) implements Scenario {

    private static final int SERVICES = 8;

    @Override
    public String name() {
        return "lock-contended-8-services";
    }

    @Override
    public List<Integer> threads() {
        return List.of(SERVICES);
    }

    @Override
    public List<Subject> subjects(Target target, int threads) {
        LockSubjects locks = new LockSubjects(target, section, thread -> "one");
        return List.of(
                locks.localLock(),
                locks.redisState(Subject.US, SERVICES, false),
                locks.redisState(Subject.US + "-fair", SERVICES, true),
                locks.redisson("redisson", SERVICES, false),
                locks.redisson("redisson-fair", SERVICES, true),
                locks.springIntegration("spring-integration-spin", SERVICES, RedisLockType.SPIN_LOCK),
                locks.springIntegration("spring-integration-pubsub", SERVICES, RedisLockType.PUB_SUB_LOCK));
    }

    @Override
    public boolean reportsWaits() {
        return true;
    }
}
