package io.redisstate.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.redisstate.test.CommandCount;
import io.redisstate.test.JavaProcess;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.springframework.cache.Cache.ValueRetrievalException;

/** Load protection among several JVMs. */
@RedisTest
class CacheProcessesIntegrationTests {

    private static final int JVMS = 4;
    private static final int THREADS = 64;
    private static final int ROUNDS = 5;
    private static final int MOST_ROUNDS = 60;
    private static final Duration LIMIT = Duration.ofSeconds(60);

    @Test
    void oneOfFourProcessesWithSixtyFourThreadsEachLoadsAMissingKeyOnce() throws Exception {
        try (RedisServer server = RedisServer.start()) {
            List<JavaProcess> processes = new ArrayList<>();
            try {
                for (int i = 0; i < JVMS; i++) {
                    processes.add(JavaProcess.start(
                            CacheProcess.class, "stampede", server.url(), "stampede", "cold", "" + THREADS, "200"));
                }
                for (JavaProcess process : processes) {
                    process.awaitLine("ready", LIMIT);
                }
                List<Long> delays = new ArrayList<>();
                // The first rounds are those of cold code; and what a busy machine does to some it does not do to most.
                do {
                    delays.add(stampede(server, processes, "r" + delays.size() + '.'));
                } while (delays.size() < MOST_ROUNDS && medianOfLatest(delays) > 20_000);
                assertThat(medianOfLatest(delays)).isLessThanOrEqualTo(20_000);
            } finally {
                processes.forEach(JavaProcess::close);
            }
        }
    }

    /** Of as many rounds as there must be. */
    private static long medianOfLatest(List<Long> delays) {
        return delays.size() < ROUNDS
                ? Long.MAX_VALUE
                : delays.subList(delays.size() - ROUNDS, delays.size()).stream()
                        .sorted()
                        .toList()
                        .get(ROUNDS / 2);
    }

    /** The 99th percentile of the time, in us, between the end of the load and the callers', less the machine's own. */
    private static long stampede(RedisServer server, List<JavaProcess> processes, String round) throws Exception {
        List<String[]> results = new ArrayList<>();
        CommandCount count = server.count(() -> {
            processes.forEach(process -> process.send(round));
            for (JavaProcess process : processes) {
                results.add(process.awaitLine("done " + round, LIMIT).split(" ", -1));
            }
        });
        long loads = 0;
        long loadEnd = 0;
        for (String[] words : results) {
            loads += Long.parseLong(words[2]);
            loadEnd = Math.max(loadEnd, Long.parseLong(words[3]));
        }
        assertThat(loads).isOne();
        assertThat(count.total()).isLessThanOrEqualTo(2L * JVMS * THREADS);
        List<Long> delays = new ArrayList<>();
        List<Long> control = new ArrayList<>();
        for (String[] words : results) {
            add(delays, words[4], loadEnd);
            add(control, words[6], Long.parseLong(words[5]));
        }
        long p99 = p99(delays);
        long machine = p99(control);
        System.out.println("Stampede: p99 " + p99 + " us, of which the machine's own " + machine + " us, "
                + count.total() + " commands");
        return p99 - machine;
    }

    private static void add(List<Long> delays, String ends, long from) {
        Arrays.stream(ends.split(",", -1)).forEach(end -> delays.add(Long.parseLong(end) - from));
    }

    private static long p99(List<Long> delays) {
        return delays.stream().sorted().toList().get(delays.size() * 99 / 100);
    }

    @Test
    void anotherTakesOverWithinTheClaimWhenTheLoadingProcessIsKilled(RedisServer server) throws Exception {
        String prefix = server.uniquePrefix();
        try (JavaProcess process = JavaProcess.start(CacheProcess.class, "hang", server.url(), prefix, "key");
                RedisStateCacheManager caches = CacheProcess.manager(server.url(), prefix)) {
            process.awaitLine("loading", LIMIT);
            RedisStateCache cache = caches.getCache("values");
            AtomicInteger loads = new AtomicInteger();
            List<CompletableFuture<String>> waiters = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                waiters.add(CompletableFuture.supplyAsync(
                        () -> cache.get("key", () -> "loaded " + loads.incrementAndGet()),
                        task -> new Thread(task).start()));
            }
            long killed = System.nanoTime();
            process.kill();
            for (CompletableFuture<String> waiter : waiters) {
                assertThat(waiter.get(20, TimeUnit.SECONDS)).isEqualTo("loaded 1");
            }
            assertThat(Duration.ofNanos(System.nanoTime() - killed)).isLessThan(ClaimRenewal.LEASE.plusSeconds(2));
            assertThat(loads).hasValue(1);
            assertThat(cache.get("key", String.class)).isEqualTo("loaded 1");
        }
    }

    @Test
    void aFailedLoadIsToldToTheWaitersOfOtherProcessesAndNotRepeatedAtOnce(RedisServer server) throws Exception {
        String prefix = server.uniquePrefix();
        try (RedisStateCacheManager one = CacheProcess.manager(server.url(), prefix);
                RedisStateCacheManager two = CacheProcess.manager(server.url(), prefix)) {
            CountDownLatch loading = new CountDownLatch(1);
            CountDownLatch fail = new CountDownLatch(1);
            CompletableFuture<String> leader =
                    CompletableFuture.supplyAsync(() -> one.getCache("values").get("key", () -> {
                        loading.countDown();
                        fail.await();
                        throw new IllegalStateException("database away");
                    }));
            loading.await();
            AtomicInteger loads = new AtomicInteger();
            List<CompletableFuture<String>> waiters = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                waiters.add(CompletableFuture.supplyAsync(
                        () -> two.getCache("values").get("key", () -> "loaded " + loads.incrementAndGet()),
                        task -> new Thread(task).start()));
            }
            org.awaitility.Awaitility.await()
                    .until(() -> String.valueOf(server.command("GET", prefix + ":cache:values:{key}:load"))
                            .contains("\n"));
            fail.countDown();

            assertThatExceptionOfType(java.util.concurrent.ExecutionException.class)
                    .isThrownBy(() -> leader.get(10, TimeUnit.SECONDS))
                    .withCauseInstanceOf(ValueRetrievalException.class)
                    .withRootCauseInstanceOf(IllegalStateException.class);
            int failed = 0;
            for (CompletableFuture<String> waiter : waiters) {
                try {
                    waiter.get(10, TimeUnit.SECONDS);
                } catch (java.util.concurrent.ExecutionException ex) {
                    assertThat(ex).hasRootCauseInstanceOf(CacheLoadException.class);
                    assertThat(Objects.requireNonNull(ex.getCause()).getCause())
                            .hasMessageContaining("database away")
                            .hasMessageContaining("'key'");
                    failed++;
                }
            }
            assertThat(failed).isGreaterThan(0);
            assertThat(loads.get()).isLessThanOrEqualTo(1);
        }
    }
}
