package io.redisstate.lock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.redisstate.test.CommandCount;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
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
    void aFreeLockTakesTwoRoundTripsAndSixCommands() throws Exception {
        try (RedisServer server = RedisServer.start();
                LockService locks = service(server)) {
            locks.acquire("a").release();

            CommandCount count = server.count(() -> {
                for (int i = 0; i < 100; i++) {
                    locks.acquire("a").release();
                }
            });

            assertThat(count.of("evalsha")).isEqualTo(200);
            assertThat(count.total()).isEqualTo(600);
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
}
