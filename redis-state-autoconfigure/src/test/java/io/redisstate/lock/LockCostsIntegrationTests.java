package io.redisstate.lock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.redisstate.test.CommandCount;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import io.redisstate.test.ThrowingRunnable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How many commands Redis runs for each operation, those inside scripts included; a server of its own, so that none is another's. */
@RedisTest
class LockCostsIntegrationTests {

    private static final LockOptions OPTIONS = LockOptions.defaults();

    private static LockService service(RedisServer server) {
        return LockService.builder(server.jedis()).keyPrefix("costs").build();
    }

    @Test
    void aFreeLockTakesTwoRoundTripsAndFiveCommands() throws Exception {
        try (RedisServer server = RedisServer.start();
                LockService locks = service(server)) {
            locks.acquire("a").release();

            CommandCount count = server.count(() -> {
                for (int i = 0; i < 100; i++) {
                    locks.acquire("a").release();
                }
            });

            assertThat(count.of("set")).isEqualTo(100);
            assertThat(count.of("time")).isEqualTo(100);
            assertThat(count.of("evalsha")).isEqualTo(100);
            assertThat(count.total()).isEqualTo(500);
        }
    }

    @Test
    void waitingPollsNothing() throws Exception {
        try (RedisServer server = RedisServer.start();
                LockService one = service(server);
                LockService two = service(server)) {
            LockLease held = one.acquire("a");
            List<CompletableFuture<LockLease>> waiters = new ArrayList<>();
            waiters.add(two.acquireAsync("a", OPTIONS));
            await().until(() ->
                    String.valueOf(server.command("GET", "costs:lock:{a}")).contains("\n"));
            CommandCount count = server.count(() -> {
                for (int i = 0; i < 10; i++) {
                    waiters.add(two.acquireAsync("a", OPTIONS));
                }
                // Long enough for a poll every second to show.
                assertThat(new CountDownLatch(1).await(1_500, TimeUnit.MILLISECONDS))
                        .isFalse();
            });
            assertThat(count.total()).isZero();
            assertThat(server.command("PUBSUB", "CHANNELS"))
                    .asInstanceOf(InstanceOfAssertFactories.LIST)
                    .hasSize(1);
            held.release();
            // They stand in any order: each is released by itself.
            for (CompletableFuture<Void> end : waiters.stream()
                    .map(waiter -> waiter.thenAccept(LockLease::release))
                    .toList()) {
                end.get(10, TimeUnit.SECONDS);
            }
        }
    }

    @Test
    void threadsOfOneProcessPassTheLockOnWithoutRedis() throws Exception {
        try (RedisServer server = RedisServer.start();
                LockService locks = service(server)) {
            locks.acquire("warm").release();
            CommandCount count = server.count(() -> {
                LockLease held = locks.acquire("a");
                List<CompletableFuture<Void>> waiters = new ArrayList<>();
                for (int i = 0; i < 5; i++) {
                    waiters.add(locks.acquireAsync("a", OPTIONS).thenAccept(LockLease::release));
                }
                held.release();
                for (CompletableFuture<Void> waiter : waiters) {
                    waiter.get(10, TimeUnit.SECONDS);
                }
            });
            // Six turns: a release that came before the others had queued up costs a round trip more.
            assertThat(count.of("evalsha")).isLessThanOrEqualTo(4);
        }
    }

    @Test
    void allLeasesAreRenewedInOnePipeline() throws Exception {
        try (RedisServer server = RedisServer.start();
                LockService locks = service(server)) {
            LockOptions options = OPTIONS.withLeaseTime(Duration.ofSeconds(3));
            // Teaches the server the script: a pipeline of calls it does not know is repeated one by one.
            try (LockLease warm = locks.acquire("warm", OPTIONS.withLeaseTime(Duration.ofMillis(500)))) {
                long end = System.nanoTime() + warm.remaining().toNanos();
                await().until(() -> System.nanoTime() + warm.remaining().toNanos() > end + 100_000_000);
                assertThat(warm.isHeld()).isTrue();
            }
            List<LockLease> leases = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                leases.add(locks.acquire("a" + i, options));
            }
            Object reads = reads(server);
            long renewedUntil = System.nanoTime() + Duration.ofMillis(3_300).toNanos();
            CommandCount count = server.count(() -> await().until(() -> leases.stream()
                    .allMatch(lease -> System.nanoTime() + lease.remaining().toNanos() > renewedUntil)));
            assertThat(leases).allMatch(LockLease::isHeld);
            assertThat(count.of("evalsha")).isBetween(200L, 400L);
            assertThat(Long.parseLong(String.valueOf(reads(server))) - Long.parseLong(String.valueOf(reads)))
                    .isLessThan(100);
            leases.forEach(LockLease::release);
        }
    }

    /** How often the server read from its clients: a pipeline is one or a few of these. */
    private static String reads(RedisServer server) {
        return String.valueOf(server.command("INFO", "stats"))
                .lines()
                .filter(line -> line.startsWith("total_reads_processed:"))
                .map(line -> line.substring(line.indexOf(':') + 1).trim())
                .findFirst()
                .orElseThrow();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aTurnOfContendingProcessesTakesTenCommandsAtMostAndAllGetTheirTurns(boolean fair) throws Exception {
        try (RedisServer server = RedisServer.start()) {
            List<LockService> services = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                services.add(service(server));
            }
            LockOptions options = OPTIONS.withFair(fair);
            int turns = 50;
            CommandCount count = server.count(() -> {
                List<CompletableFuture<Void>> threads = new ArrayList<>();
                for (LockService service : services) {
                    threads.add(CompletableFuture.runAsync(
                            () -> {
                                for (int i = 0; i < turns; i++) {
                                    try {
                                        service.acquire("a", options).release();
                                    } catch (InterruptedException ex) {
                                        throw new IllegalStateException(ex);
                                    }
                                }
                            },
                            task -> new Thread(task).start()));
                }
                for (CompletableFuture<Void> thread : threads) {
                    thread.get(60, TimeUnit.SECONDS);
                }
            });
            // Beyond the turns themselves: each service's subscription, its handshake, and loading the scripts.
            assertThat(count.total()).isLessThanOrEqualTo(8L * turns * 10 + 200);
            services.forEach(LockService::close);
        }
    }

    /** Eight services that each want the lock all the time, for a section of 1 ms. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void allServicesSoonGetTheirTurnsAndInTheFairModeTheSameNumber(boolean fair) throws Exception {
        try (RedisServer server = RedisServer.start()) {
            List<Contender> contenders = new ArrayList<>();
            AtomicBoolean end = new AtomicBoolean();
            List<CompletableFuture<Void>> threads = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                Contender contender = new Contender(service(server), OPTIONS.withFair(fair), end);
                contenders.add(contender);
                threads.add(run(contender));
            }
            await().until(() -> queued(server) == 7);
            CommandCount count = server.count(() -> {
                contenders.forEach(contender -> contender.counting = true);
                await().until(() -> contenders.stream()
                                .mapToLong(contender -> contender.turns)
                                .sum()
                        >= 1_000);
                contenders.forEach(contender -> contender.counting = false);
            });
            end.set(true);
            for (CompletableFuture<Void> thread : threads) {
                thread.get(60, TimeUnit.SECONDS);
            }
            contenders.forEach(contender -> contender.service.close());

            LongSummaryStatistics turns =
                    contenders.stream().mapToLong(contender -> contender.turns).summaryStatistics();
            assertThat(count.total()).isLessThanOrEqualTo(turns.getSum() * 12);
            // All but those that a busy machine keeps waiting.
            long late =
                    contenders.stream().mapToLong(contender -> contender.late).sum();
            assertThat(late).isLessThan(turns.getSum() / 50);
            if (fair) {
                // Strictly in turn they are equal; a thread that does not come back in time misses one.
                assertThat((double) turns.getMax() / turns.getMin())
                        .as("%s", turns)
                        .isLessThanOrEqualTo(1.1);
            }
        }
    }

    private static final class Contender implements ThrowingRunnable {

        private static final long LATE = 100_000_000;

        private final LockService service;
        private final LockOptions options;
        private final AtomicBoolean end;
        private volatile boolean counting;
        private volatile long turns;
        private volatile long late;

        Contender(LockService service, LockOptions options, AtomicBoolean end) {
            this.service = service;
            this.options = options;
            this.end = end;
        }

        @Override
        @SuppressWarnings("NonAtomicVolatileUpdate") // by one thread only
        public void run() throws Exception {
            while (!end.get()) {
                long since = System.nanoTime();
                try (LockLease lease = service.acquire("a", options)) {
                    boolean waitedLong = System.nanoTime() - since > LATE;
                    LockSupport.parkNanos(lease.isHeld() ? 1_000_000 : 0);
                    if (counting) {
                        turns++;
                        late += waitedLong ? 1 : 0;
                    }
                }
            }
        }
    }

    @Test
    void anotherProcessGetsItsTurnAfterSoManyLocalHandOffs() throws Exception {
        try (RedisServer server = RedisServer.start();
                LockService holder = service(server);
                LockService other = service(server);
                LockService local = LockService.builder(server.jedis())
                        .keyPrefix("costs")
                        .localHandOffs(2)
                        .build()) {
            for (int round = 0; round < 20; round++) {
                LockLease held = holder.acquire("a");
                List<String> order = Collections.synchronizedList(new ArrayList<>());
                List<CompletableFuture<Void>> turns = new ArrayList<>();
                for (int i = 0; i < 8; i++) {
                    turns.add(turn(local, "local", order));
                }
                await().until(() -> queued(server) == 1);
                turns.add(turn(other, "other", order));
                await().until(() -> queued(server) == 2);
                held.release();
                for (CompletableFuture<Void> turn : turns) {
                    turn.get(10, TimeUnit.SECONDS);
                }
                // The first lease of the process and two more under the same turn.
                assertThat(order).hasSize(9);
                assertThat(order.indexOf("other")).as("%s", order).isBetween(1, 3);
            }
        }
    }

    /** A renewal at each third of the default lease time makes 360 in an hour. */
    @Test
    void leasesOutlastAsManyRenewalsAsAnHourHas() throws Exception {
        try (RedisServer server = RedisServer.start();
                LockService locks = service(server)) {
            List<LockLease> leases = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                leases.add(locks.acquire("a" + i, OPTIONS.withLeaseTime(Duration.ofMillis(600))));
            }
            long renewals = 0;
            for (int i = 0; i < 60 && renewals < 360; i++) {
                renewals += server.count(
                                () -> await().pollDelay(Duration.ofMillis(250)).until(() -> true))
                        .of("evalsha");
            }
            assertThat(renewals).isGreaterThanOrEqualTo(360);
            assertThat(leases).allMatch(LockLease::isHeld).allMatch(LockLease::release);
        }
    }

    private static CompletableFuture<Void> turn(LockService service, String who, List<String> order) {
        return service.acquireAsync("a", OPTIONS).thenAccept(lease -> {
            order.add(who);
            lease.release();
        });
    }

    private static long queued(RedisServer server) {
        Object value = server.command("GET", "costs:lock:{a}");
        return value == null ? 0 : value.toString().lines().count() - 1;
    }

    private static CompletableFuture<Void> run(ThrowingRunnable action) {
        return CompletableFuture.runAsync(
                () -> {
                    try {
                        action.run();
                    } catch (Exception ex) {
                        throw new IllegalStateException(ex);
                    }
                },
                task -> new Thread(task).start());
    }
}
