package io.redisstate.lock;

import static org.assertj.core.api.Assertions.assertThat;

import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;

/** Virtual threads, started by reflection because the code is compiled for Java 17. */
@RedisTest
@EnabledForJreRange(min = JRE.JAVA_21)
class LockVirtualThreadsIntegrationTests {

    @Test
    void hundredsOfVirtualThreadsExcludeEachOther() throws Exception {
        RedisServer redis = RedisServer.shared();
        String prefix = redis.uniquePrefix();
        LockOptions options = LockOptions.defaults().withWaitTime(Duration.ofMinutes(1));
        List<Long> tokens = new ArrayList<>();
        try (LockService locks = LockService.builder(redis.jedis())
                .keyPrefix(prefix)
                .virtualThreads(true)
                .build()) {
            List<FutureTask<Void>> tasks = new ArrayList<>();
            for (int i = 0; i < 400; i++) {
                boolean async = i % 4 == 0;
                FutureTask<Void> task = new FutureTask<>(() -> {
                    LockLease lease = async ? locks.acquireAsync("a", options).get() : locks.acquire("a", options);
                    tokens.add(lease.fencingToken());
                    lease.release();
                    return null;
                });
                tasks.add(task);
                Thread.class.getMethod("startVirtualThread", Runnable.class).invoke(null, task);
            }
            for (FutureTask<Void> task : tasks) {
                task.get(60, TimeUnit.SECONDS);
            }
            assertThat(locks.footprint()).isZero();
        }
        // Not a concurrent list: a lock that lets two in would lose entries or their order.
        assertThat(tokens).hasSize(400).isSorted().doesNotHaveDuplicates();
        assertThat(redis.keys(prefix)).isEmpty();
    }
}
