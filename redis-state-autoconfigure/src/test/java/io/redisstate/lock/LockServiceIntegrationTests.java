package io.redisstate.lock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.Lock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.data.redis.connection.RedisConnectionFactory;

@RedisTest
@ParameterizedClass
@ValueSource(strings = {"jedis", "lettuce"})
class LockServiceIntegrationTests {

    private static final LockOptions DEFAULTS = LockOptions.defaults();
    private static final LockOptions FAIR = DEFAULTS.withFair(true);
    private static final LockOptions SHORT = DEFAULTS.withLeaseTime(Duration.ofMillis(300));

    @Parameter
    String client = "";

    private final RedisServer redis = RedisServer.shared();
    private final String prefix = redis.uniquePrefix();
    private final List<LockService> services = new ArrayList<>();

    @AfterEach
    void nothingIsLeftBehind() {
        for (LockService service : services) {
            await().untilAsserted(() -> assertThat(service.footprint()).isZero());
            service.close();
        }
        await().untilAsserted(() -> assertThat(redis.keys(prefix)).isEmpty());
    }

    private LockService service() {
        RedisConnectionFactory connections = client.equals("jedis") ? redis.jedis() : redis.lettuce();
        LockService service = LockService.builder(connections).keyPrefix(prefix).build();
        services.add(service);
        return service;
    }

    private String key(String name) {
        return prefix + ":lock:{" + name + "}";
    }

    @Test
    void aLockIsHeldByOneAtATime() throws Exception {
        LockService one = service();
        LockService other = service();

        try (LockLease lease = one.acquire("a")) {
            assertThat(lease.isHeld()).isTrue();
            assertThat(lease.name()).isEqualTo("a");
            assertThat(lease.remaining()).isBetween(Duration.ofSeconds(25), Duration.ofSeconds(30));
            assertThat(one.tryAcquire("a")).isEmpty();
            assertThat(other.tryAcquire("a")).isEmpty();
            assertThat(other.tryAcquire("a", FAIR.withWaitTime(Duration.ZERO))).isEmpty();
        }
        Optional<LockLease> next = other.tryAcquire("a");
        assertThat(next).isPresent();
        next.orElseThrow().release();
    }

    @Test
    void fencingTokensGrowWhoeverHoldsTheLock() throws Exception {
        LockService one = service();
        LockService other = service();
        long last = 0;
        for (int i = 0; i < 50; i++) {
            for (LockOptions options : List.of(DEFAULTS, FAIR)) {
                try (LockLease lease = (i % 3 == 0 ? other : one).acquire("a", options)) {
                    assertThat(lease.fencingToken()).isGreaterThan(last);
                    last = lease.fencingToken();
                }
            }
        }
    }

    @Test
    void fencingTokensGrowWhenManyThreadsPassTheLockOn() throws Exception {
        List<Long> tokens = new ArrayList<>();
        List<FutureTask<Void>> tasks = new ArrayList<>();
        for (LockService service : List.of(service(), service())) {
            for (int thread = 0; thread < 4; thread++) {
                LockOptions options = thread == 3 ? FAIR : DEFAULTS;
                tasks.add(start(() -> {
                    for (int i = 0; i < 200; i++) {
                        try (LockLease lease = service.acquire("a", options)) {
                            tokens.add(lease.fencingToken());
                        }
                    }
                    return null;
                }));
            }
        }
        for (FutureTask<Void> task : tasks) {
            task.get(60, TimeUnit.SECONDS);
        }
        // Not a concurrent list: with a lock that lets two in, it would lose entries or their order.
        assertThat(tokens).hasSize(1_600).isSorted().doesNotHaveDuplicates();
    }

    @Test
    void aWaiterInAnotherProcessGetsTheLockAtOnce() throws Exception {
        for (LockOptions options : List.of(DEFAULTS, FAIR)) {
            LockService one = service();
            LockService other = service();
            LockLease held = one.acquire("a", options);
            FutureTask<LockLease> waiter = start(() -> other.acquire("a", options));
            awaitQueued("a", 1);

            held.release();

            LockLease next = waiter.get(2, TimeUnit.SECONDS);
            assertThat(next.isHeld()).isTrue();
            assertThat(next.fencingToken()).isGreaterThan(held.fencingToken());
            next.release();
        }
    }

    @Test
    void whoGetsALockFromAnotherProcessSoonHasItsFullLease() throws Exception {
        LockService one = service();
        LockService other = service();
        LockLease held = one.acquire("a");
        FutureTask<LockLease> waiter = start(() -> other.acquire("a"));
        awaitQueued("a", 1);
        held.release();

        LockLease next = waiter.get(2, TimeUnit.SECONDS);

        await().untilAsserted(() -> assertThat(next.remaining()).isGreaterThan(Duration.ofSeconds(20)));
        next.release();
    }

    @Test
    void fairWaitersOfAllProcessesGetTheLockInTheOrderInWhichTheyCame() throws Exception {
        LockService one = service();
        LockService other = service();
        List<Integer> order = new ArrayList<>();
        LockLease held = one.acquire("a", FAIR);
        List<FutureTask<Void>> waiters = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            int number = i;
            LockService service = i % 2 == 0 ? other : one;
            waiters.add(start(() -> {
                try (LockLease lease = service.acquire("a", FAIR)) {
                    assertThat(lease.isHeld()).isTrue();
                    order.add(number);
                }
                return null;
            }));
            awaitQueued("a", i + 1);
        }

        held.release();

        for (FutureTask<Void> waiter : waiters) {
            waiter.get(5, TimeUnit.SECONDS);
        }
        assertThat(order).containsExactly(0, 1, 2, 3, 4, 5);
    }

    @Test
    void aTimeoutNamesTheLockAndLeavesNothingBehind() throws Exception {
        for (LockOptions options : List.of(DEFAULTS, FAIR)) {
            LockService one = service();
            LockService other = service();
            LockLease held = one.acquire("a", options);

            assertThatExceptionOfType(LockTimeoutException.class)
                    .isThrownBy(() -> other.acquire("a", options.withWaitTime(Duration.ofMillis(100))))
                    .withMessage("The lock 'a' was not free within PT0.1S (option waitTime)")
                    .satisfies(ex -> assertThat(ex.lockName()).isEqualTo("a"));
            assertThat(one.tryAcquire("a", options.withWaitTime(Duration.ofMillis(50))))
                    .isEmpty();

            assertThat(queued("a")).isZero();
            assertThat(other.footprint()).isZero();
            held.release();
        }
    }

    @Test
    void anInterruptedWaiterLeavesNothingBehind() throws Exception {
        for (LockOptions options : List.of(DEFAULTS, FAIR)) {
            LockService one = service();
            LockService other = service();
            LockLease held = one.acquire("a", options);
            AtomicReference<Throwable> failure = new AtomicReference<>();
            Thread thread = new Thread(() -> {
                try {
                    other.acquire("a", options).release();
                } catch (Throwable ex) {
                    failure.set(ex);
                }
            });
            thread.start();
            awaitQueued("a", 1);

            thread.interrupt();
            thread.join(5_000);

            assertThat(failure.get()).isInstanceOf(InterruptedException.class);
            assertThat(queued("a")).isZero();
            assertThat(other.footprint()).isZero();
            held.release();
        }
    }

    @Test
    void anyThreadMayReleaseALease() throws Exception {
        LockService locks = service();
        LockLease lease = locks.acquire("a");

        Thread other = new Thread(lease::release);
        other.start();
        other.join(5_000);

        assertThat(lease.isHeld()).isFalse();
        assertThat(lease.remaining()).isZero();
        lease.close();
        locks.tryAcquire("a").orElseThrow().release();
    }

    @Test
    void aLeaseIsRenewedWhileItIsHeld() throws Exception {
        LockService locks = service();
        LockService other = service();
        try (LockLease lease = locks.acquire("a", SHORT)) {
            long end = System.nanoTime() + Duration.ofMillis(1_500).toNanos();
            await().pollInterval(Duration.ofMillis(20)).until(() -> {
                assertThat(lease.isHeld()).isTrue();
                assertThat(other.tryAcquire("a")).isEmpty();
                return System.nanoTime() - end > 0;
            });
        }
    }

    @Test
    void aLeaseThatIsNotRenewedEndsAndIsReportedLost() throws Exception {
        LockService locks = service();
        LockService other = service();
        LockLease lease = locks.acquire("a", SHORT.withRenew(false));
        CountDownLatch lost = new CountDownLatch(1);
        lease.onLost(lost::countDown);

        LockLease next = other.acquire("a");

        assertThat(lease.isHeld()).isFalse();
        assertThat(lost.await(2, TimeUnit.SECONDS)).isTrue();
        assertThat(next.fencingToken()).isGreaterThan(lease.fencingToken());
        lease.release();
        assertThat(next.isHeld()).isTrue();
        assertThat(locks.tryAcquire("a")).isEmpty();
        AtomicBoolean toldAtOnce = new AtomicBoolean();
        lease.onLost(() -> toldAtOnce.set(true));
        assertThat(toldAtOnce).isTrue();
        next.release();
    }

    @Test
    void aLockTakenAwayIsNoticedByTheNextRenewalAndInterruptsTheThreadIfAsked() throws Exception {
        LockService locks = service();

        assertThatExceptionOfType(LockLostException.class)
                .isThrownBy(() -> locks.callLocked("a", SHORT.withInterruptOnLoss(true), () -> {
                    redis.command("DEL", key("a"));
                    assertThatThrownBy(() -> new CountDownLatch(1).await(5, TimeUnit.SECONDS))
                            .isInstanceOf(InterruptedException.class);
                    return null;
                }))
                .withMessageContaining("'a'");
        assertThat(Thread.interrupted()).isFalse();
    }

    @Test
    void aLossIsReportedAtTheEndOfTheActionButNeverHidesWhatTheActionThrew() {
        LockService locks = service();

        assertThatExceptionOfType(LockLostException.class)
                .isThrownBy(() -> locks.runLocked("a", () -> redis.command("DEL", key("a"))));
        assertThatExceptionOfType(IllegalStateException.class)
                .isThrownBy(() -> locks.runLocked("a", () -> {
                    redis.command("DEL", key("a"));
                    throw new IllegalStateException("mine");
                }))
                .withMessage("mine")
                .satisfies(ex -> assertThat(ex.getSuppressed()).hasOnlyElementsOfType(LockLostException.class));
    }

    @Test
    void renewalStopsWhenTheThreadDied() throws Exception {
        LockService locks = service();
        LockService other = service();
        Thread thread = new Thread(locks.lock("a", SHORT)::lock);
        thread.start();
        thread.join(5_000);

        long since = System.nanoTime();
        other.acquire("a").release();

        assertThat(Duration.ofNanos(System.nanoTime() - since)).isLessThan(Duration.ofSeconds(2));
    }

    @Test
    void renewalStopsWhenTheServiceIsClosed() throws Exception {
        LockService locks = service();
        LockService other = service();
        LockLease lease = locks.acquire("a", SHORT);

        locks.close();

        other.acquire("a").release();
        assertThat(lease.isHeld()).isFalse();
        lease.release();
        services.remove(locks);
    }

    @Test
    void closingTheServiceEndsItsWaitsAndLeavesNothingBehind() throws Exception {
        for (LockOptions options : List.of(DEFAULTS, FAIR)) {
            LockService locks = service();
            LockService other = service();
            LockLease held = other.acquire("a", options);
            FutureTask<LockLease> waiter = start(() -> locks.acquire("a", options));
            awaitQueued("a", 1);

            locks.close();

            assertThatThrownBy(() -> waiter.get(5, TimeUnit.SECONDS))
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(IllegalStateException.class);
            await().untilAsserted(() -> assertThat(queued("a")).isZero());
            assertThatThrownBy(() -> locks.acquire("b")).isInstanceOf(IllegalStateException.class);
            held.release();
        }
    }

    @Test
    void closingTheServiceEndsItsWaitsBehindAHolderOfItsOwn() throws Exception {
        for (LockOptions options : List.of(DEFAULTS, FAIR)) {
            LockService locks = service();
            LockLease held = locks.acquire("a", options);
            FutureTask<LockLease> waiter = new FutureTask<>(() -> locks.acquire("a", options));
            Thread thread = new Thread(waiter);
            thread.start();
            CompletableFuture<LockLease> later = locks.acquireAsync("a", options);
            await().until(() -> thread.getState() == Thread.State.TIMED_WAITING);

            locks.close();

            assertThatThrownBy(() -> waiter.get(5, TimeUnit.SECONDS))
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> later.get(5, TimeUnit.SECONDS))
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(IllegalStateException.class);
            assertThat(held.release()).isTrue();
        }
    }

    @Test
    void aThreadThatLostItsLockAndDiedLeavesNothingBehind() throws Exception {
        LockService locks = service();
        CountDownLatch die = new CountDownLatch(1);
        Thread thread = new Thread(() -> {
            locks.lock("a", SHORT).lock();
            redis.command("DEL", key("a"));
            // Lost while it lives; never unlocked.
            try {
                die.await();
            } catch (InterruptedException ex) {
                Thread.currentThread().interrupt();
            }
        });
        thread.start();
        // The hold of the thread alone is left.
        await().until(() -> locks.footprint() == 1 && redis.keys(prefix).isEmpty());

        die.countDown();
        thread.join(5_000);

        await().until(() -> locks.footprint() == 0);
    }

    @Test
    @SuppressWarnings("LockNotBeforeTry")
    void theViewIsReentrantForItsThreadAndForNoOther() throws Exception {
        LockService locks = service();
        Lock lock = locks.lock("a");
        lock.lock();
        assertThat(locks.lock("a").tryLock()).isTrue();
        assertThat(locks.<Integer>callLocked("a", () -> 7)).isEqualTo(7);
        FutureTask<Boolean> other = start(lock::tryLock);
        assertThat(other.get(5, TimeUnit.SECONDS)).isFalse();

        lock.unlock();
        assertThat(redis.keys(prefix)).contains(key("a"));
        lock.unlock();

        assertThat(redis.keys(prefix)).isEmpty();
        assertThatThrownBy(lock::unlock)
                .isInstanceOf(IllegalMonitorStateException.class)
                .hasMessageContaining("'a'");
        assertThatThrownBy(lock::newCondition).isInstanceOf(UnsupportedOperationException.class);
        assertThat(lock.tryLock(1, TimeUnit.SECONDS)).isTrue();
        lock.unlock();
    }

    @Test
    void unlockingTheViewReportsALoss() {
        Lock lock = service().lock("a");
        lock.lock();
        redis.command("DEL", key("a"));

        assertThatThrownBy(lock::unlock).isInstanceOf(LockLostException.class);
    }

    @Test
    @SuppressWarnings("LockNotBeforeTry")
    void lockWaitsThroughAnInterruptAndKeepsTheFlag() throws Exception {
        LockService locks = service();
        LockLease held = service().acquire("a");
        Lock lock = locks.lock("a");
        AtomicBoolean flag = new AtomicBoolean();
        Thread thread = new Thread(() -> {
            lock.lock();
            flag.set(Thread.currentThread().isInterrupted());
            lock.unlock();
        });
        thread.start();
        awaitQueued("a", 1);
        thread.interrupt();
        awaitQueued("a", 1);

        held.release();
        thread.join(10_000);

        assertThat(flag).isTrue();
    }

    @Test
    void anAsynchronousWaitTakesNoThreadAndCanBeCancelled() throws Exception {
        for (LockOptions options : List.of(DEFAULTS, FAIR)) {
            LockService locks = service();
            LockLease first = locks.acquireAsync("a", options).get(5, TimeUnit.SECONDS);
            CompletableFuture<LockLease> second = locks.acquireAsync("a", options);
            CompletableFuture<LockLease> third = locks.acquireAsync("a", options);
            CompletableFuture<LockLease> late = locks.acquireAsync("a", options.withWaitTime(Duration.ofMillis(100)));

            assertThatThrownBy(() -> late.get(5, TimeUnit.SECONDS)).hasCauseInstanceOf(LockTimeoutException.class);
            assertThat(third.cancel(true)).isTrue();
            assertThatThrownBy(third::join).isInstanceOf(CancellationException.class);
            first.release();
            second.get(5, TimeUnit.SECONDS).release();
        }
    }

    @Test
    void aLockStaysTakenForAsLongAsAskedEvenIfReleasedEarlier() throws Exception {
        LockService locks = service();
        LockService other = service();
        Duration atLeast = Duration.ofMillis(400);
        long since = System.nanoTime();
        LockLease lease = locks.acquire("a", DEFAULTS.withLockAtLeastFor(atLeast));
        FutureTask<LockLease> remote = start(() -> other.acquire("a"));
        awaitQueued("a", 1);
        lease.release();

        assertThat(locks.tryAcquire("a")).isEmpty();
        remote.get(5, TimeUnit.SECONDS).release();

        assertThat(Duration.ofNanos(System.nanoTime() - since)).isBetween(atLeast, Duration.ofSeconds(3));
    }

    @Test
    void namesMayContainAnything() throws Exception {
        LockService locks = service();
        for (String name : List.of("order:{42}", "a b\nc", "%", "ü}{", "x".repeat(500))) {
            try (LockLease lease = locks.acquire(name)) {
                assertThat(lease.name()).isEqualTo(name);
                assertThat(locks.tryAcquire(name)).isEmpty();
            }
        }
        assertThatThrownBy(() -> locks.acquire("")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void tenThousandNamesLeaveNoMemoryBehind() throws Exception {
        LockService locks = service();
        for (int i = 0; i < 10_000; i++) {
            locks.acquire("name-" + i, i % 2 == 0 ? DEFAULTS : FAIR).release();
        }
        assertThat(locks.footprint()).isZero();
        assertThat(redis.keys(prefix)).isEmpty();
    }

    @Test
    void threadsOfOneProcessAllGetTheirTurn() throws Exception {
        LockService locks = service();
        AtomicInteger inside = new AtomicInteger();
        List<FutureTask<Void>> tasks = new ArrayList<>();
        for (int thread = 0; thread < 8; thread++) {
            LockOptions options =
                    switch (thread % 4) {
                        case 0 -> DEFAULTS.withLeaseTime(Duration.ofSeconds(3));
                        case 1 -> DEFAULTS.withRenew(false);
                        case 2 -> FAIR;
                        default -> DEFAULTS;
                    };
            tasks.add(start(() -> {
                for (int i = 0; i < 200; i++) {
                    try (LockLease lease = locks.acquire("a", options)) {
                        assertThat(inside.incrementAndGet()).isOne();
                        assertThat(lease.isHeld()).isTrue();
                        inside.decrementAndGet();
                    }
                }
                return null;
            }));
        }
        for (FutureTask<Void> task : tasks) {
            task.get(60, TimeUnit.SECONDS);
        }
    }

    private long queued(String name) {
        Object value = redis.command("GET", key(name));
        return value == null ? 0 : value.toString().lines().count() - 1;
    }

    private void awaitQueued(String name, int count) {
        await().pollInterval(Duration.ofMillis(5))
                .untilAsserted(() -> assertThat(queued(name)).isEqualTo(count));
    }

    private static <T> FutureTask<T> start(Callable<T> action) {
        FutureTask<T> task = new FutureTask<>(action);
        Thread thread = new Thread(task);
        thread.setDaemon(true);
        thread.start();
        return task;
    }
}
