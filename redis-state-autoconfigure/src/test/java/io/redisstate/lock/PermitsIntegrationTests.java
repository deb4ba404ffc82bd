package io.redisstate.lock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import io.redisstate.core.CallExecutor;
import io.redisstate.core.ConnectionCallExecutor;
import io.redisstate.core.ScriptCall;
import io.redisstate.test.CommandCount;
import io.redisstate.test.JavaProcess;
import io.redisstate.test.RedisCluster;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisConnectionFactory;

@RedisTest
class PermitsIntegrationTests {

    private static final LockOptions OPTIONS = LockOptions.defaults().withWaitTime(Duration.ofSeconds(30));
    private static final LockOptions NOW = OPTIONS.withWaitTime(Duration.ZERO);
    private static final Duration LEASE = Duration.ofSeconds(2);

    private final RedisServer redis = RedisServer.shared();
    private final String prefix = redis.uniquePrefix();
    private final List<LockService> services = new ArrayList<>();

    private LockService service(RedisConnectionFactory connections) {
        LockService service = LockService.builder(connections).keyPrefix(prefix).build();
        services.add(service);
        return service;
    }

    @AfterEach
    void nothingIsLeftBehind() {
        services.forEach(LockService::close);
        assertThat(redis.keys(prefix)).isEmpty();
    }

    @Test
    @SuppressWarnings("LockNotBeforeTry") // a failed test may leave it locked
    void theReadWriteViewIsReentrantForItsThreadAndKeepsOthersOut() throws Exception {
        ReadWriteLock here = service(redis.jedis()).readWriteLock("page").asReadWriteLock(OPTIONS);
        ReadWriteLock there = service(redis.jedis()).readWriteLock("page").asReadWriteLock(OPTIONS);

        here.readLock().lock();
        here.readLock().lock();
        assertThat(there.readLock().tryLock()).isTrue();
        there.readLock().unlock();
        assertThat(there.writeLock().tryLock()).isFalse();
        here.readLock().unlock();
        assertThat(there.writeLock().tryLock()).isFalse();
        here.readLock().unlock();

        assertThat(there.writeLock().tryLock(10, TimeUnit.SECONDS)).isTrue();
        there.writeLock().lock();
        assertThat(here.readLock().tryLock()).isFalse();
        there.writeLock().unlock();
        there.writeLock().unlock();
        assertThatExceptionOfType(IllegalMonitorStateException.class)
                .isThrownBy(there.writeLock()::unlock)
                .withMessageContaining("page");
    }

    @Test
    @SuppressWarnings("LockNotBeforeTry") // a failed test may leave it locked
    void aReaderThatAsksToWriteIsToldInsteadOfWaitingForItself() {
        ReadWriteLock lock = service(redis.jedis()).readWriteLock("page").asReadWriteLock(OPTIONS);
        lock.readLock().lock();
        assertThatExceptionOfType(IllegalMonitorStateException.class)
                .isThrownBy(lock.writeLock()::lock)
                .withMessageContainingAll("page", "reads");
        lock.readLock().unlock();
        lock.writeLock().lock();
        assertThatExceptionOfType(IllegalMonitorStateException.class)
                .isThrownBy(lock.readLock()::tryLock)
                .withMessageContainingAll("page", "writes");
        lock.writeLock().unlock();
    }

    static Stream<Named<Supplier<RedisConnectionFactory>>> clients() {
        return Stream.of(
                Named.of("Jedis", () -> RedisServer.shared().jedis()),
                Named.of("Lettuce", () -> RedisServer.shared().lettuce()),
                Named.of("Cluster", () -> RedisCluster.shared().jedis()));
    }

    @ParameterizedTest
    @MethodSource("clients")
    void neverMoreHoldThanThereArePermits(Supplier<RedisConnectionFactory> factory) throws Exception {
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        List<CompletableFuture<Void>> workers = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            DistributedSemaphore semaphore = service(factory.get()).semaphore("{pool}", 3);
            int count = i % 2 + 1;
            workers.add(async(() -> {
                for (int turn = 0; turn < 15; turn++) {
                    try (LockLease lease = semaphore.acquire(count, OPTIONS)) {
                        most.accumulateAndGet(inside.addAndGet(count), Math::max);
                        assertThat(lease.isHeld()).isTrue();
                        inside.addAndGet(-count);
                    }
                }
            }));
        }
        for (CompletableFuture<Void> worker : workers) {
            worker.get(60, TimeUnit.SECONDS);
        }
        assertThat(most.get()).isBetween(2, 3);
    }

    @ParameterizedTest
    @MethodSource("clients")
    void writersAreAloneAndReadersAreNot(Supplier<RedisConnectionFactory> factory) throws Exception {
        AtomicInteger readers = new AtomicInteger();
        AtomicInteger writers = new AtomicInteger();
        List<CompletableFuture<Void>> workers = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            DistributedReadWriteLock lock = service(factory.get()).readWriteLock("data");
            boolean writes = i < 2;
            workers.add(async(() -> {
                for (int turn = 0; turn < 15; turn++) {
                    try (LockLease lease = writes ? lock.write(OPTIONS) : lock.read(OPTIONS)) {
                        if (writes) {
                            assertThat(writers.incrementAndGet()).isEqualTo(1);
                            assertThat(readers).hasValue(0);
                            writers.decrementAndGet();
                        } else {
                            readers.incrementAndGet();
                            assertThat(writers).hasValue(0);
                            readers.decrementAndGet();
                        }
                    }
                }
            }));
        }
        for (CompletableFuture<Void> worker : workers) {
            worker.get(60, TimeUnit.SECONDS);
        }
    }

    @Test
    void aWaitingWriterIsNotOvertakenByReaders() throws Exception {
        LockService locks = service(redis.jedis());
        DistributedReadWriteLock lock = locks.readWriteLock("data");
        LockLease first = lock.read(OPTIONS);
        LockLease second = lock.read(OPTIONS);
        CompletableFuture<LockLease> writer = new CompletableFuture<>();
        CompletableFuture<Void> waiting = async(() -> writer.complete(lock.write(OPTIONS)));
        await().until(() -> !redis.keys(prefix + ":rwlock:{data}:wait").isEmpty());

        assertThat(lock.tryRead(NOW)).isEmpty();
        first.release();
        second.release();

        LockLease written = writer.get(10, TimeUnit.SECONDS);
        assertThat(written.fencingToken()).isGreaterThan(second.fencingToken());
        written.release();
        waiting.get(10, TimeUnit.SECONDS);
        assertThat(lock.tryRead(NOW)).hasValueSatisfying(LockLease::release);
    }

    @Test
    void thePermitsOfAKilledProcessComeBackWithinItsLease() throws Exception {
        DistributedSemaphore semaphore = service(redis.jedis()).semaphore("killed", 1);
        try (JavaProcess holder = JavaProcess.start(Holder.class, redis.url(), prefix)) {
            holder.awaitLine("held", Duration.ofSeconds(60));
            assertThat(semaphore.tryAcquire(1, NOW)).isEmpty();
            holder.kill();
            await().atMost(LEASE.plusSeconds(2)).until(() -> semaphore
                    .tryAcquire(1, NOW)
                    .map(lease -> {
                        lease.release();
                        return true;
                    })
                    .orElse(false));
        }
    }

    @Test
    void permitsAreRenewedWhileTheyAreHeldAndTheirLossIsNoticed() throws Exception {
        LockService locks = service(redis.jedis());
        AtomicBoolean lost = new AtomicBoolean();
        LockLease lease = locks.semaphore("renewed", 1).acquire(1, OPTIONS.withLeaseTime(Duration.ofMillis(900)));
        lease.onLost(() -> lost.set(true));
        await().pollDelay(Duration.ofSeconds(2)).until(() -> true);
        assertThat(lease.isHeld()).isTrue();

        redis.command("DEL", prefix + ":semaphore:{renewed}");

        await().untilTrue(lost);
        assertThat(lease.isHeld()).isFalse();
        lease.release();
    }

    @Test
    void waitersThatGiveUpLeaveNothingBehind() throws Exception {
        DistributedSemaphore semaphore = service(redis.jedis()).semaphore("busy", 1);
        LockLease held = semaphore.acquire(1, OPTIONS);
        assertThatExceptionOfType(LockTimeoutException.class)
                .isThrownBy(() -> semaphore.acquire(1, OPTIONS.withWaitTime(Duration.ofMillis(100))));
        CompletableFuture<Throwable> end = new CompletableFuture<>();
        Thread waiter = new Thread(() -> {
            try {
                semaphore.acquire(1, OPTIONS).release();
                end.completeExceptionally(new AssertionError("acquired"));
            } catch (Throwable ex) {
                end.complete(ex);
            }
        });
        waiter.start();
        await().until(() -> !redis.keys(prefix + ":semaphore:{busy}:wait").isEmpty());
        waiter.interrupt();
        assertThat(end.get(10, TimeUnit.SECONDS)).isInstanceOf(InterruptedException.class);
        assertThat(redis.keys(prefix + ":semaphore:{busy}:wait")).isEmpty();
        held.release();
    }

    @Test
    void acquiringAndReleasingIsOneRoundTripEachAndWaitingPollsNothing() throws Exception {
        DistributedSemaphore semaphore = service(redis.jedis()).semaphore("cost", 1);
        semaphore.acquire(1, OPTIONS).release();

        CommandCount count = redis.count(() -> semaphore.acquire(1, OPTIONS).release());
        assertThat(count.of("evalsha")).isEqualTo(2);

        assertThat(redis.count(() -> semaphore.setPermits(1)).of("evalsha")).isEqualTo(1);
        assertThat(redis.count(semaphore::permits).of("evalsha")).isEqualTo(1);
        assertThat(redis.count(semaphore::resetPermits).of("evalsha")).isEqualTo(1);

        LockLease held = semaphore.acquire(1, OPTIONS);
        CompletableFuture<Void> waiter =
                async(() -> semaphore.acquire(1, OPTIONS).release());
        await().until(() -> !redis.keys(prefix + ":semaphore:{cost}:wait").isEmpty());
        CommandCount waiting =
                redis.count(() -> await().pollDelay(Duration.ofMillis(500)).until(() -> true));
        assertThat(waiting.of("evalsha")).isZero();
        held.release();
        waiter.get(10, TimeUnit.SECONDS);
    }

    @Test
    void permitsWhoseFirstReplyIsLostAreGivenBack() throws Exception {
        CallExecutor calls = new ConnectionCallExecutor(redis.jedis());
        AtomicBoolean lose = new AtomicBoolean(true);
        CallExecutor losing = new CallExecutor() {
            @Override
            public <T extends @Nullable Object> T execute(ScriptCall<T> call) {
                T result = calls.execute(call);
                if (lose.getAndSet(false)) {
                    throw new QueryTimeoutException("the reply was lost");
                }
                return result;
            }

            @Override
            public <T extends @Nullable Object> List<Outcome<T>> executeAll(List<ScriptCall<T>> many) {
                return calls.executeAll(many);
            }
        };
        LockService locks = LockService.builder(redis.jedis())
                .keyPrefix(prefix)
                .calls(losing)
                .build();
        services.add(locks);
        DistributedSemaphore semaphore = locks.semaphore("lost", 1);

        assertThatExceptionOfType(QueryTimeoutException.class).isThrownBy(() -> semaphore.acquire(1, OPTIONS));

        assertThat(lose).isFalse();
        // Long before the lease of what the caller never got would have ended.
        await().atMost(Duration.ofSeconds(10))
                .until(() ->
                        semaphore.tryAcquire(1, NOW).map(LockLease::release).orElse(false));
    }

    @Test
    void aLeaseOfPermitsNeverEndsLaterHereThanInRedis() throws Exception {
        DistributedSemaphore semaphore = service(redis.jedis()).semaphore("ends", 1);
        for (int i = 0; i < 20; i++) {
            try (LockLease lease = semaphore.acquire(1, OPTIONS)) {
                // Redis counts whole milliseconds, and cuts off the rest of its time.
                assertThat(lease.remaining())
                        .isLessThanOrEqualTo(OPTIONS.leaseTime().minusMillis(1));
            }
        }
    }

    @Test
    void aNewNumberOfPermitsReachesOtherProcessesAtOnceAndTakesNothingFromHolders() throws Exception {
        DistributedSemaphore semaphore = service(redis.jedis()).semaphore("resized", 1);
        LockLease held = semaphore.acquire(1, OPTIONS);
        try (JavaProcess other = JavaProcess.start(Waiter.class, redis.url(), prefix)) {
            await().atMost(Duration.ofSeconds(60)).until(() -> !redis.keys(prefix + ":semaphore:{resized}:wait")
                    .isEmpty());

            semaphore.setPermits(2);

            // By the message: it would look by itself after 10 s.
            other.awaitLine("held", Duration.ofSeconds(5));
            assertThat(semaphore.permits()).isEqualTo(2);
            assertThat(timeToLive(prefix + ":semaphore:{resized}:permits"))
                    .isBetween(Duration.ofDays(364), Duration.ofDays(365));

            semaphore.setPermits(1);

            assertThat(redis.command("ZCARD", prefix + ":semaphore:{resized}")).isEqualTo(2L);
            assertThat(held.release()).isTrue();
            assertThat(semaphore.tryAcquire(1, NOW)).isEmpty();
            other.send("release");
            other.awaitLine("released true", Duration.ofSeconds(30));
            semaphore.acquire(1, OPTIONS).release();
        }
        semaphore.resetPermits();
    }

    private Duration timeToLive(String key) {
        return Duration.ofMillis(Long.parseLong(String.valueOf(redis.command("PTTL", key))));
    }

    @ParameterizedTest
    @MethodSource("clients")
    void whoWantsMoreThanThereAreKeepsNobodyWaitingAndGetsItWhenThereAre(Supplier<RedisConnectionFactory> factory)
            throws Exception {
        DistributedSemaphore semaphore = service(factory.get()).semaphore("few", 5);
        DistributedSemaphore other = service(factory.get()).semaphore("few", 5);
        CompletableFuture<LockLease> many = new CompletableFuture<>();
        CompletableFuture<LockLease> one = new CompletableFuture<>();
        other.setPermits(0);
        assertThat(semaphore.permits()).isZero();
        assertThat(semaphore.tryAcquire(1, NOW)).isEmpty();
        other.setPermits(2);

        CompletableFuture<Void> first = async(() -> many.complete(semaphore.acquire(3, OPTIONS)));
        await().until(() -> first.isDone() || waiting(factory.get()) == 1);
        LockLease both = other.acquire(2, OPTIONS.withWaitTime(Duration.ofSeconds(5)));
        CompletableFuture<Void> second = async(() -> one.complete(other.acquire(1, OPTIONS)));
        await().until(() -> second.isDone() || waiting(factory.get()) == 2);
        assertThat(one).isNotDone();
        both.release();
        LockLease small = one.get(5, TimeUnit.SECONDS);
        assertThat(many).isNotDone();

        other.setPermits(4);

        LockLease big = many.get(5, TimeUnit.SECONDS);
        assertThat(semaphore.tryAcquire(1, NOW)).isEmpty();
        other.resetPermits();
        assertThat(semaphore.permits()).isEqualTo(5);
        assertThat(semaphore.tryAcquire(1, NOW)).hasValueSatisfying(LockLease::release);
        big.release();
        small.release();
    }

    private long waiting(RedisConnectionFactory connections) {
        try (RedisConnection connection = connections.getConnection()) {
            Long length =
                    connection.listCommands().lLen((prefix + ":semaphore:{few}:wait").getBytes(StandardCharsets.UTF_8));
            return length == null ? 0 : length;
        }
    }

    @Test
    void aProcessMayWantMoreThanItSaysThereAreIfSoManyHaveBeenSet() throws Exception {
        DistributedSemaphore semaphore = service(redis.jedis()).semaphore("more", 2);
        semaphore.setPermits(4);
        assertThat(semaphore.tryAcquire(4, NOW)).hasValueSatisfying(LockLease::release);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> semaphore.tryAcquire(5, NOW))
                .withMessageContaining("'more' are 5; allowed is 1 to 4");
        // What this process says itself is no mistake: it may be so again.
        semaphore.setPermits(1);
        assertThat(semaphore.tryAcquire(2, NOW)).isEmpty();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> semaphore.setPermits(-1))
                .withMessageContaining("'more' are -1; allowed is 0 or more");
        // Without the TTL that its use keeps long.
        redis.command("PEXPIRE", prefix + ":semaphore:{more}:permits", "60000");
        semaphore.acquire(1, OPTIONS).release();
        assertThat(timeToLive(prefix + ":semaphore:{more}:permits")).isGreaterThan(Duration.ofDays(364));
        semaphore.resetPermits();
    }

    @Test
    void badNumbersAreNamed() {
        LockService locks = service(redis.jedis());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> locks.semaphore("none", 0))
                .withMessageContaining("'none' are 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> locks.semaphore("few", 2).tryAcquire(3, NOW))
                .withMessageContaining("are 3; allowed is 1 to 2");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> locks.semaphore("few", 2).tryAcquire(0, NOW))
                .withMessageContaining("are 0; allowed is 1 to 2");
    }

    static final class Holder {

        public static void main(String[] arguments) throws Exception {
            RedisServer server = RedisServer.at(URI.create(arguments[0]));
            LockService locks =
                    LockService.builder(server.jedis()).keyPrefix(arguments[1]).build();
            LockLease lease = locks.semaphore("killed", 1).acquire(1, OPTIONS.withLeaseTime(LEASE));
            System.out.println("held " + lease.isHeld());
            new CountDownLatch(1).await();
        }
    }

    static final class Waiter {

        public static void main(String[] arguments) throws Exception {
            RedisServer server = RedisServer.at(URI.create(arguments[0]));
            LockService locks =
                    LockService.builder(server.jedis()).keyPrefix(arguments[1]).build();
            LockLease lease = locks.semaphore("resized", 1).acquire(1, OPTIONS);
            System.out.println("held " + lease.isHeld());
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)).readLine();
            System.out.println("released " + lease.release());
            new CountDownLatch(1).await();
        }
    }

    interface Action {
        void run() throws Exception;
    }

    private static CompletableFuture<Void> async(Action action) {
        return CompletableFuture.runAsync(
                () -> {
                    try {
                        action.run();
                    } catch (Exception ex) {
                        throw new IllegalStateException(ex);
                    }
                },
                command -> new Thread(command).start());
    }
}
