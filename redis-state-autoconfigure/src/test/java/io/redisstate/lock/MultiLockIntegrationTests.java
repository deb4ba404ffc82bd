package io.redisstate.lock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import io.redisstate.test.RedisCluster;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

@RedisTest
class MultiLockIntegrationTests {

    private static final LockOptions OPTIONS = LockOptions.defaults().withWaitTime(Duration.ofSeconds(20));
    private static final LockOptions NOW = OPTIONS.withWaitTime(Duration.ZERO);

    private final RedisServer redis = RedisServer.shared();
    private final String prefix = redis.uniquePrefix();

    private LockService service() {
        return LockService.builder(redis.jedis()).keyPrefix(prefix).build();
    }

    @Test
    void opposedOrdersDoNotWaitForOneAnother() throws Exception {
        AtomicInteger inside = new AtomicInteger();
        try (LockService one = service();
                LockService two = service()) {
            List<CompletableFuture<Void>> workers = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                MultiLock mine = i % 2 == 0
                        ? MultiLock.of(one, List.of("a", "b", "c"))
                        : MultiLock.of(two, List.of("c", "b", "a", "a"));
                workers.add(CompletableFuture.runAsync(
                        () -> {
                            for (int turn = 0; turn < 25; turn++) {
                                try (MultiLockLease lease = mine.acquire(OPTIONS)) {
                                    assertThat(inside.incrementAndGet()).isEqualTo(1);
                                    assertThat(lease.isHeld()).isTrue();
                                    inside.decrementAndGet();
                                } catch (InterruptedException ex) {
                                    throw new IllegalStateException(ex);
                                }
                            }
                        },
                        command -> new Thread(command).start()));
            }
            for (CompletableFuture<Void> worker : workers) {
                worker.get(60, TimeUnit.SECONDS);
            }
        }
    }

    @Test
    void itIsAllOrNone() throws Exception {
        try (LockService locks = service();
                LockService other = service();
                LockLease taken = other.acquire("b")) {
            MultiLock both = MultiLock.of(locks, List.of("a", "b"));

            assertThat(both.tryAcquire(NOW)).isEmpty();
            assertThatExceptionOfType(LockTimeoutException.class)
                    .isThrownBy(() -> both.acquire(OPTIONS.withWaitTime(Duration.ofMillis(50))))
                    .withMessageContaining("[a, b]");

            assertThat(other.tryAcquire("a")).hasValueSatisfying(LockLease::release);
            taken.release();
            try (MultiLockLease lease = both.acquire(OPTIONS)) {
                assertThat(other.tryAcquire("a")).isEmpty();
                assertThat(other.tryAcquire("b")).isEmpty();
                assertThat(lease.name()).isEqualTo("a, b");
                assertThat(lease.fencingToken()).isEqualTo(lease.fencingToken("b"));
                assertThat(lease.remaining()).isPositive();
                assertThatIllegalArgumentException().isThrownBy(() -> lease.fencingToken("c"));
            }
            assertThat(other.tryAcquire("a")).hasValueSatisfying(LockLease::release);
        }
    }

    @Test
    void theLeastTimeIsForWhoGotAllLocksOnly() throws Exception {
        LockOptions held = OPTIONS.withLockAtLeastFor(Duration.ofSeconds(20));
        try (LockService locks = service();
                LockService other = service();
                LockLease taken = other.acquire("b")) {
            MultiLock both = MultiLock.of(locks, List.of("a", "b"));

            assertThat(both.tryAcquire(held.withWaitTime(Duration.ZERO))).isEmpty();

            assertThat(other.tryAcquire("a")).hasValueSatisfying(LockLease::release);
            taken.release();
            assertThat(both.acquire(held).release()).isTrue();
            assertThat(other.tryAcquire("a")).isEmpty();
            assertThat(other.tryAcquire("b")).isEmpty();
        }
    }

    @Test
    void itIsLostWithOneOfItsLocks() throws Exception {
        AtomicInteger told = new AtomicInteger();
        try (LockService locks = service()) {
            MultiLockLease lease =
                    MultiLock.of(locks, List.of("a", "b")).acquire(OPTIONS.withLeaseTime(Duration.ofMillis(600)));
            lease.onLost(told::incrementAndGet);

            redis.command("DEL", prefix + ":lock:{a}");

            await().atMost(Duration.ofSeconds(10))
                    .untilAsserted(() -> assertThat(told).hasValue(1));
            assertThat(lease.isHeld()).isFalse();
            lease.release();
        }
    }

    @Test
    void itsNamesMayBelongToSeveralNodesOfACluster() throws Exception {
        try (LockService locks = LockService.builder(RedisCluster.shared().jedis())
                .keyPrefix(prefix)
                .build()) {
            MultiLock many = MultiLock.of(locks, List.of("a", "b", "c", "d", "e"));
            try (MultiLockLease lease = many.acquire(OPTIONS)) {
                assertThat(lease.isHeld()).isTrue();
            }
            assertThat(many.tryAcquire(NOW)).hasValueSatisfying(LockLease::release);
        }
    }

    @Test
    void noNameIsAnError() {
        try (LockService locks = service()) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> MultiLock.of(locks, List.of()))
                    .withMessageContaining("at least one name");
        }
    }
}
