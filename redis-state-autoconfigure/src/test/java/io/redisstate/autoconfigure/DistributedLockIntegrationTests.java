package io.redisstate.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.redisstate.core.KeySpace;
import io.redisstate.core.method.InvalidAnnotationException;
import io.redisstate.lock.DistributedLock;
import io.redisstate.lock.LockFailureHandler;
import io.redisstate.lock.LockLease;
import io.redisstate.lock.LockLostException;
import io.redisstate.lock.LockScope;
import io.redisstate.lock.LockService;
import io.redisstate.lock.LockTimeoutException;
import io.redisstate.lock.OnLockFailure;
import io.redisstate.ratelimit.RateLimitExceededException;
import io.redisstate.ratelimit.RateLimited;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.cache.annotation.Cacheable;
import org.springframework.cache.annotation.EnableCaching;
import org.springframework.cache.concurrent.ConcurrentMapCacheManager;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.data.redis.RedisConnectionFailureException;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.connection.RedisStandaloneConfiguration;
import org.springframework.data.redis.connection.jedis.JedisConnectionFactory;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.embedded.EmbeddedDatabaseBuilder;
import org.springframework.jdbc.datasource.embedded.EmbeddedDatabaseType;
import org.springframework.transaction.annotation.EnableTransactionManagement;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

@RedisTest
class DistributedLockIntegrationTests {

    private static final int THREADS = 8;
    private static final int TURNS = 15;

    private ApplicationContextRunner runner = new ApplicationContextRunner();

    @BeforeEach
    void redis(RedisServer redis) {
        runner = new ApplicationContextRunner()
                .withConfiguration(
                        AutoConfigurations.of(RedisStateAutoConfiguration.class, LockAutoConfiguration.class))
                .withPropertyValues("redis-state.key-prefix=t" + UUID.randomUUID())
                .withBean("instead", LockFailureHandler.class, () -> (method, arguments, failure) -> "instead")
                // Not the shared factory, which the end of a context would stop for all tests.
                .withBean("redisConnectionFactory", RedisConnectionFactory.class, redis::newJedis);
    }

    @Test
    void theNextHolderSeesTheCommittedRow() {
        runner.withUserConfiguration(Database.class)
                .withBean(Seats.class)
                .run(context -> assertThat(sell(context.getBean(Seats.class))).isEqualTo(THREADS * TURNS));
    }

    @Test
    void insideTheTransactionTheLockLosesUpdates() {
        runner.withUserConfiguration(Database.class)
                .withBean(Seats.class)
                .withPropertyValues("redis-state.lock.order=" + Integer.MAX_VALUE)
                .run(context -> assertThat(sell(context.getBean(Seats.class))).isLessThan(THREADS * TURNS));
    }

    @Test
    void aBusyLockThrowsSkipsOrIsHandled() {
        runner.withBean(Work.class).run(context -> {
            Work work = context.getBean(Work.class);
            assertThat(work.skipped()).contains("done");
            try (LockLease lease = context.getBean(LockService.class).acquire("busy")) {
                assertThatThrownBy(work::thrown).isInstanceOf(LockTimeoutException.class);
                assertThat(work.skipped()).isEmpty();
                assertThat(work.handled()).isEqualTo("instead");
                assertThat(work.future(new CompletableFuture<>()).get()).isNull();
                assertThat(work.reactive().blockOptional()).isEmpty();
                assertThat(lease.isHeld()).isTrue();
            }
        });
    }

    @Test
    void theLockLastsUntilTheFutureEnds() {
        runner.withBean(Work.class).run(context -> {
            LockService locks = context.getBean(LockService.class);
            CompletableFuture<String> end = new CompletableFuture<>();
            Work work = context.getBean(Work.class);
            CompletableFuture<String> result = work.future(end);
            assertThat(work.entered().await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(locks.tryAcquire("busy")).isEmpty();
            end.complete("done");
            assertThat(result.get()).isEqualTo("done");
            assertThat(locks.tryAcquire("busy")).isPresent();
        });
    }

    @Test
    void aPublisherHoldsTheLockWhileSubscribedOnly() {
        runner.withBean(Work.class).run(context -> {
            LockService locks = context.getBean(LockService.class);
            Mono<String> result = context.getBean(Work.class).reactive();
            Optional<LockLease> before = locks.tryAcquire("busy");
            assertThat(before).isPresent();
            before.get().release();
            assertThat(result.block()).isEqualTo("done");
            assertThat(result.block()).isEqualTo("done");
            assertThat(locks.tryAcquire("busy")).isPresent();
        });
    }

    @Test
    void theApplicationStartsWithoutRedisAndACallSaysWhereItWasLookedFor() {
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(
                        RedisStateAutoConfiguration.class,
                        LockAutoConfiguration.class,
                        LeaderElectionAutoConfiguration.class,
                        RateLimitAutoConfiguration.class))
                .withPropertyValues("redis-state.leader.elections.reports.lease-time=5s")
                .withBean("instead", LockFailureHandler.class, () -> (method, arguments, failure) -> "instead")
                .withBean(
                        "redisConnectionFactory",
                        RedisConnectionFactory.class,
                        () -> new JedisConnectionFactory(new RedisStandaloneConfiguration("127.0.0.1", 1)))
                .withBean(Work.class)
                .run(context -> {
                    assertThat(context).hasNotFailed();
                    Work work = context.getBean(Work.class);
                    assertThatThrownBy(() -> work.keyed("a"))
                            .isInstanceOf(RedisConnectionFailureException.class)
                            .hasMessageContaining("127.0.0.1:1");
                    assertThat(context.getBean(LeaderElections.class)
                                    .election("reports")
                                    .isLeader())
                            .isFalse();
                });
    }

    @Test
    void aKeyOfNullNamesMethodAndExpression() {
        runner.withBean(Work.class).run(context -> assertThatThrownBy(
                        () -> context.getBean(Work.class).keyed(null))
                .isInstanceOf(InvalidAnnotationException.class)
                .hasMessageContainingAll("Work.keyed", "key", "#id"));
    }

    @ParameterizedTest
    @ValueSource(
            classes = {
                BadKey.class,
                NoArgument.class,
                BadDuration.class,
                Primitive.class,
                Hidden.class,
                Final.class,
                Nameless.class
            })
    void whatCannotBeObeyedFailsTheStart(Class<?> type) {
        runner.withBean(type).run(context -> assertThat(context.getStartupFailure())
                .isNotNull()
                .hasMessageContaining(type.getSimpleName() + ".work"));
    }

    @Test
    void aLimitIsAskedBeforeTheLockAndTheCacheAfterIt() {
        runner.withConfiguration(AutoConfigurations.of(RateLimitAutoConfiguration.class))
                .withUserConfiguration(Cached.class)
                .withBean(Ordered.class)
                .run(context -> {
                    Ordered ordered = context.getBean(Ordered.class);
                    assertThat(ordered.work("a")).isEqualTo("call 1");
                    assertThat(ordered.work("a")).isEqualTo("call 1");
                    try (LockLease lease = context.getBean(LockService.class).acquire("ordered")) {
                        // The value is cached, but the lock is asked for first.
                        assertThatThrownBy(() -> ordered.work("a")).isInstanceOf(LockTimeoutException.class);
                        // No permit is left, and that is found out before the lock is asked for.
                        assertThatThrownBy(() -> ordered.work("a")).isInstanceOf(RateLimitExceededException.class);
                        assertThat(lease.isHeld()).isTrue();
                    }
                });
    }

    @Test
    void theOrderOfLimitAndLockCanBeTurned() {
        runner.withConfiguration(AutoConfigurations.of(RateLimitAutoConfiguration.class))
                .withUserConfiguration(Cached.class)
                .withBean(Ordered.class)
                .withPropertyValues("redis-state.lock.order=1", "redis-state.rate-limit.order=2")
                .run(context -> {
                    try (LockLease lease = context.getBean(LockService.class).acquire("ordered")) {
                        for (int i = 0; i < 5; i++) {
                            assertThatThrownBy(
                                            () -> context.getBean(Ordered.class).work("a"))
                                    .isInstanceOf(LockTimeoutException.class);
                        }
                        assertThat(lease.isHeld()).isTrue();
                    }
                });
    }

    @Test
    void aGlobalLockIsSharedByApplicationsWithOtherPrefixes() {
        String global = "redis-state.lock.global-prefix=g" + UUID.randomUUID();
        runner.withBean(Shared.class).withPropertyValues(global).run(one -> runner.withBean(Shared.class)
                .withPropertyValues(global, "redis-state.key-prefix=other" + UUID.randomUUID())
                .run(two -> {
                    CountDownLatch inside = new CountDownLatch(1);
                    CountDownLatch leave = new CountDownLatch(1);
                    var held = CompletableFuture.runAsync(
                            () -> one.getBean(Shared.class).global(inside, leave));
                    assertThat(inside.await(10, TimeUnit.SECONDS)).isTrue();
                    assertThatThrownBy(() -> two.getBean(Shared.class).global(inside, leave))
                            .isInstanceOf(LockTimeoutException.class);
                    two.getBean(Shared.class).own();
                    leave.countDown();
                    held.get(10, TimeUnit.SECONDS);
                }));
    }

    @Test
    void aLostLeaseFailsTheCallThatThoughtItHeldIt() {
        runner.withBean(Work.class).run(context -> {
            Work work = context.getBean(Work.class);
            RedisConnectionFactory connections = context.getBean(RedisConnectionFactory.class);
            String key = context.getEnvironment().getProperty("redis-state.key-prefix") + ":lock:{long}";
            Runnable steal = () -> {
                try (RedisConnection connection = connections.getConnection()) {
                    connection.stringCommands().set(KeySpace.bytes(key), KeySpace.bytes("thief"));
                }
            };
            assertThatThrownBy(() -> work.direct(steal)).isInstanceOf(LockLostException.class);
            delete(connections, key);
            assertThat(work.later(steal))
                    .failsWithin(java.time.Duration.ofSeconds(10))
                    .withThrowableThat()
                    .havingCause()
                    .isInstanceOf(LockLostException.class);
            delete(connections, key);
            List<String> seen = new ArrayList<>();
            assertThatThrownBy(() -> work.many(steal).doOnNext(seen::add).blockLast())
                    .isInstanceOf(LockLostException.class);
            assertThat(seen).containsExactly("one", "two");
            delete(connections, key);
        });
    }

    @Test
    void aCancelledSubscriptionGivesTheLockBack() {
        runner.withBean(Work.class).run(context -> {
            Work work = context.getBean(Work.class);
            assertThat(work.endless().blockFirst()).isZero();
            LockService locks = context.getBean(LockService.class);
            await().until(() -> locks.tryAcquire("long")
                    .map(lease -> {
                        lease.release();
                        return true;
                    })
                    .orElse(false));
        });
    }

    @Test
    void aFairMethodStandsInRedisQueueWithEachOfItsCalls() {
        runner.withBean(Work.class).run(context -> {
            LockService locks = context.getBean(LockService.class);
            Work work = context.getBean(Work.class);
            List<CompletableFuture<Void>> waiters = new ArrayList<>();
            try (LockLease held = locks.acquire("fair")) {
                for (int i = 0; i < 2; i++) {
                    waiters.add(CompletableFuture.runAsync(work::fair));
                }
                // Otherwise they would wait for this process's own lease, without Redis.
                await().untilAsserted(() ->
                        assertThat(value(context, "fair").lines().count()).isEqualTo(3));
                assertThat(held.isHeld()).isTrue();
            }
            for (CompletableFuture<Void> waiter : waiters) {
                waiter.get(10, TimeUnit.SECONDS);
            }
        });
    }

    @Test
    void aLeaseThatIsNotRenewedEndsAfterItsLeaseTime() {
        runner.withBean(Work.class).run(context -> {
            LockService locks = context.getBean(LockService.class);
            Runnable untilFree = () -> await().until(() ->
                    locks.tryAcquire("brief").map(LockLease::release).orElse(false));
            assertThatThrownBy(() -> context.getBean(Work.class).brief(untilFree))
                    .isInstanceOf(LockLostException.class);
        });
    }

    @Test
    void theLeaseTimeOfTheAnnotationIsTheLocks() {
        runner.withBean(Work.class).run(context -> context.getBean(Work.class)
                .leased(() -> assertThat(timeToLive(context, "leased")).isBetween(10L, 15L)));
    }

    @Test
    void theLockStaysTakenAtLeastForTheTimeOfTheAnnotation() {
        runner.withBean(Work.class).run(context -> {
            context.getBean(Work.class).atLeast();
            assertThat(context.getBean(LockService.class).tryAcquire("least")).isEmpty();
            delete(context.getBean(RedisConnectionFactory.class), key(context, "least"));
        });
    }

    @Test
    void theOnlyHandlerNeedsNoName() {
        runner.withBean(Work.class).run(context -> {
            try (LockLease lease = context.getBean(LockService.class).acquire("busy")) {
                assertThat(context.getBean(Work.class).handledByTheOnlyOne()).isEqualTo("instead");
                assertThat(lease.isHeld()).isTrue();
            }
        });
    }

    @Test
    void aCompletionStageIsWaitedForToo() {
        runner.withBean(Work.class).run(context -> {
            LockService locks = context.getBean(LockService.class);
            CompletableFuture<String> end = new CompletableFuture<>();
            CompletionStage<String> result = context.getBean(Work.class).stage(end);
            await().until(() -> !value(context, "stage").isEmpty());
            assertThat(locks.tryAcquire("stage")).isEmpty();
            end.complete("done");
            assertThat(result.toCompletableFuture().get(10, TimeUnit.SECONDS)).isEqualTo("done");
            assertThat(locks.tryAcquire("stage").map(LockLease::release)).contains(true);
        });
    }

    @Test
    void aKeyKnowsTheCallAndTheBeans() {
        runner.withBean(Work.class).withBean("tenants", Tenants.class).run(context -> context.getBean(Work.class)
                .rooted("x", () -> assertThat(value(context, "by:rooted-x-Work-acme"))
                        .isNotEmpty()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"short", ""})
    void aKeyThatFailsNamesMethodAndExpression(String id) {
        runner.withBean(Work.class).run(context -> {
            Work work = context.getBean(Work.class);
            assertThatThrownBy(() -> work.failing(id))
                    .isInstanceOf(InvalidAnnotationException.class)
                    .hasMessageContainingAll("Work.failing", "key", "#id.substring(100)");
            assertThatThrownBy(() -> work.unknown(id))
                    .isInstanceOf(InvalidAnnotationException.class)
                    .hasMessageContainingAll("Work.unknown", "key", "#id.noSuchProperty");
            assertThat(context.getBean(LockService.class).tryAcquire("failing")).isPresent();
        });
    }

    @Test
    void nestedCallsOfOneThreadHoldOneLease() {
        runner.withBean(Work.class).run(context -> {
            Work work = context.getBean(Work.class);
            List<String> owners = new ArrayList<>();
            work.direct(() -> {
                owners.add(value(context, "long"));
                work.direct(() -> owners.add(value(context, "long")));
                owners.add(value(context, "long"));
            });
            assertThat(owners).hasSize(3).doesNotContain("").containsOnly(owners.get(0));
            assertThat(value(context, "long")).isEmpty();
        });
    }

    @Test
    @ExtendWith(OutputCaptureExtension.class)
    void callsOfTheOwnClassAreReported(CapturedOutput output) {
        runner.withBean(SelfCalling.class).run(context -> {
            for (String caller : List.of("directly", "byReference", "inherited")) {
                assertThat(output)
                        .containsOnlyOnce("SelfCalling." + caller
                                + " calls SelfCalling.locked of its own class, which passes the proxy by");
            }
            // Super's method, and the compiler's own bridge.
            assertThat(output).doesNotContain("SelfCalling.locked calls");
        });
    }

    private static String key(ApplicationContext context, String lock) {
        return context.getEnvironment().getProperty("redis-state.key-prefix") + ":lock:{" + lock + "}";
    }

    private static String value(ApplicationContext context, String lock) {
        try (RedisConnection connection =
                context.getBean(RedisConnectionFactory.class).getConnection()) {
            byte[] value = connection.stringCommands().get(KeySpace.bytes(key(context, lock)));
            return value == null ? "" : new String(value, StandardCharsets.UTF_8);
        }
    }

    private static long timeToLive(ApplicationContext context, String lock) {
        try (RedisConnection connection =
                context.getBean(RedisConnectionFactory.class).getConnection()) {
            Long seconds = connection.keyCommands().ttl(KeySpace.bytes(key(context, lock)));
            return seconds == null ? -1 : seconds;
        }
    }

    private static void delete(RedisConnectionFactory connections, String key) {
        try (RedisConnection connection = connections.getConnection()) {
            connection.keyCommands().del(KeySpace.bytes(key));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "redis-state.lock.wait-time=-1s",
                "redis-state.lock.lease-time=10ms",
                "redis-state.lock.hand-offs=1001",
                "redis-state.lock.global-prefix={a}"
            })
    void aBadPropertyIsNamedWithWhatIsAllowed(String property) {
        runner.withPropertyValues(property).run(context -> assertThat(context.getStartupFailure())
                .rootCause()
                .hasMessageContainingAll(property.substring(0, property.indexOf('=')), "It must"));
    }

    @Test
    void switchedOffThereIsNothing() {
        runner.withPropertyValues("redis-state.lock.enabled=false")
                .run(context -> assertThat(context).doesNotHaveBean(LockService.class));
    }

    private static int sell(Seats seats) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            List<Future<?>> turns = new ArrayList<>();
            for (int i = 0; i < THREADS * TURNS; i++) {
                turns.add(threads.submit(() -> seats.sell("concert")));
            }
            for (Future<?> turn : turns) {
                turn.get();
            }
        } finally {
            threads.shutdownNow();
        }
        return seats.sold();
    }

    @Retention(RetentionPolicy.RUNTIME)
    @DistributedLock(key = "#event", name = "seats")
    @interface PerEvent {}

    static class Seats {

        private final JdbcTemplate jdbc;

        Seats(DataSource data) {
            this.jdbc = new JdbcTemplate(data);
        }

        @PerEvent
        @Transactional
        public void sell(String event) {
            int sold = sold();
            jdbc.update("update seats set sold = ?", sold + 1);
            // Time in which a lock that was released too early lets the next one read the old row.
            TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {
                @Override
                public void beforeCommit(boolean readOnly) {
                    LockSupport.parkNanos(2_000_000);
                }
            });
        }

        int sold() {
            Integer sold = jdbc.queryForObject("select sold from seats", Integer.class);
            return sold == null ? 0 : sold;
        }
    }

    static class Work {

        private final CountDownLatch entered = new CountDownLatch(1);

        public CountDownLatch entered() {
            return entered;
        }

        @DistributedLock(name = "busy", waitTime = "0s")
        public String thrown() {
            return "done";
        }

        @DistributedLock(name = "busy", waitTime = "0s", onFailure = OnLockFailure.SKIP)
        public Optional<String> skipped() {
            return Optional.of("done");
        }

        @DistributedLock(name = "busy", waitTime = "0s", onFailure = OnLockFailure.HANDLE, handler = "instead")
        public String handled() {
            return "done";
        }

        @DistributedLock(name = "busy", waitTime = "0s", onFailure = OnLockFailure.SKIP)
        public CompletableFuture<String> future(CompletableFuture<String> end) {
            entered.countDown();
            return end;
        }

        @DistributedLock(name = "busy", waitTime = "0s", onFailure = OnLockFailure.SKIP)
        public Mono<String> reactive() {
            return Mono.just("done");
        }

        @DistributedLock(name = "long")
        public void direct(Runnable task) {
            task.run();
        }

        @DistributedLock(name = "long")
        public CompletableFuture<String> later(Runnable task) {
            return CompletableFuture.runAsync(task).thenApply(nothing -> "done");
        }

        @DistributedLock(name = "long")
        public Flux<String> many(Runnable task) {
            return Flux.just("one", "two").doOnComplete(task);
        }

        @DistributedLock(name = "long")
        public Flux<Long> endless() {
            return Flux.interval(java.time.Duration.ZERO, java.time.Duration.ofHours(1));
        }

        @DistributedLock(key = "#id")
        public void keyed(@Nullable String id) {}

        @DistributedLock(name = "fair", fair = true)
        public void fair() {}

        @DistributedLock(name = "brief", leaseTime = "300ms", renew = false)
        public void brief(Runnable task) {
            task.run();
        }

        @DistributedLock(name = "leased", leaseTime = "5s")
        public void leased(Runnable task) {
            task.run();
        }

        @DistributedLock(name = "least", lockAtLeastFor = "20s")
        public void atLeast() {}

        @DistributedLock(name = "busy", waitTime = "0s", onFailure = OnLockFailure.HANDLE)
        public String handledByTheOnlyOne() {
            return "done";
        }

        @DistributedLock(name = "stage")
        public CompletionStage<String> stage(CompletionStage<String> end) {
            return end;
        }

        @DistributedLock(
                name = "by",
                key = "#root.method.name + '-' + #root.args[0] + '-' + #root.targetClass.simpleName + '-'"
                        + " + @tenants.current()")
        public void rooted(String id, Runnable task) {
            task.run();
        }

        @DistributedLock(name = "failing", key = "#id.substring(100)")
        public void failing(String id) {}

        @DistributedLock(name = "unknown", key = "#id.noSuchProperty")
        public void unknown(String id) {}
    }

    static class Tenants {

        public String current() {
            return "acme";
        }
    }

    abstract static class Calling<T> {

        public void inherited(T argument) {
            locked(argument);
        }

        public void locked(T argument) {}
    }

    static class SelfCalling extends Calling<String> {

        public void directly() {
            locked("a");
        }

        public void byReference() {
            List.of("a").forEach(this::locked);
        }

        @Override
        @DistributedLock(name = "self")
        public void locked(String argument) {
            super.locked(argument);
        }
    }

    static class Ordered {

        private final AtomicInteger calls = new AtomicInteger();

        @RateLimited(limit = 3, per = "1h")
        @DistributedLock(name = "ordered", waitTime = "0s")
        @Cacheable("ordered")
        public String work(String key) {
            return "call " + calls.incrementAndGet();
        }
    }

    static class Shared {

        @DistributedLock(name = "shared", scope = LockScope.GLOBAL, waitTime = "0s")
        public void global(CountDownLatch inside, CountDownLatch leave) {
            inside.countDown();
            try {
                assertThat(leave.await(30, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException ex) {
                throw new IllegalStateException(ex);
            }
        }

        @DistributedLock(name = "shared", waitTime = "0s")
        public void own() {}
    }

    @Configuration(proxyBeanMethods = false)
    @EnableCaching(proxyTargetClass = true)
    static class Cached {

        @Bean
        ConcurrentMapCacheManager caches() {
            return new ConcurrentMapCacheManager();
        }
    }

    static class BadKey {
        @DistributedLock(key = "#id +")
        public void work() {}
    }

    static class NoArgument {
        @DistributedLock(name = "a", key = "#order.id")
        public void work(String id) {}
    }

    static class BadDuration {
        @DistributedLock(name = "a", waitTime = "soon")
        public void work() {}
    }

    static class Primitive {
        @DistributedLock(name = "a", onFailure = OnLockFailure.SKIP)
        public int work() {
            return 1;
        }
    }

    @SuppressWarnings("UnusedMethod") // what is tested
    static class Hidden {
        @DistributedLock(name = "a")
        private void work() {}
    }

    static class Final {
        @DistributedLock(name = "a")
        public final void work() {}
    }

    static class Nameless {
        @DistributedLock
        public void work() {}
    }

    @Configuration(proxyBeanMethods = false)
    @EnableTransactionManagement(order = Integer.MAX_VALUE - 1, proxyTargetClass = true)
    static class Database {

        @Bean
        DataSource data() {
            return new EmbeddedDatabaseBuilder()
                    .setType(EmbeddedDatabaseType.H2)
                    .generateUniqueName(true)
                    .build();
        }

        @Bean
        DataSourceTransactionManager transactions(DataSource data) {
            JdbcTemplate jdbc = new JdbcTemplate(data);
            jdbc.execute("create table seats (sold int)");
            jdbc.execute("insert into seats values (0)");
            return new DataSourceTransactionManager(data);
        }
    }
}
