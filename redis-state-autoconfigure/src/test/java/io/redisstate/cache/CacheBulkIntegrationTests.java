package io.redisstate.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import io.redisstate.cache.setting.CacheSettings;
import io.redisstate.cache.setting.NearSettings;
import io.redisstate.test.CommandCount;
import io.redisstate.test.RedisCluster;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.data.redis.connection.RedisConnectionFactory;

/** Many keys at a time. */
@RedisTest
class CacheBulkIntegrationTests {

    private static final CacheSettings SETTINGS =
            CacheSettings.builder().type(Integer.class).earlyRefreshBeta(0).build();

    private static RedisStateCacheManager manager(RedisConnectionFactory connections, String prefix) {
        return RedisStateCacheManager.builder(connections)
                .keyPrefix(prefix)
                .defaults(SETTINGS)
                .cache("near", SETTINGS.toBuilder().near(NearSettings.DEFAULT).build())
                .build();
    }

    @Test
    void aThousandKeysAreOneCommand() throws Exception {
        try (RedisServer server = RedisServer.start();
                RedisStateCacheManager caches = manager(server.jedis(), "bulk")) {
            RedisStateCache cache = caches.getCache("a");
            Map<Integer, Integer> values = new HashMap<>();
            List<Integer> keys = new ArrayList<>();
            for (int i = 0; i < 1_000; i++) {
                keys.add(i);
                values.put(i, -i);
            }
            cache.putAll(values);
            cache.get(1, Integer.class);
            await().atMost(30, TimeUnit.SECONDS).until(caches::isTracking);
            cache.get(1, Integer.class);
            CommandCount count =
                    server.count(() -> assertThat(cache.getAll(keys)).isEqualTo(values));
            assertThat(count.of("mget")).isOne();
            assertThat(count.total()).isOne();
            assertThat(cache.statistics().hits()).isGreaterThanOrEqualTo(1_000);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"jedis", "lettuce", "jedis-cluster", "lettuce-cluster"})
    void onlyWhatIsMissingIsLoaded(String client) {
        RedisConnectionFactory connections =
                switch (client) {
                    case "jedis" -> RedisServer.shared().jedis();
                    case "lettuce" -> RedisServer.shared().lettuce();
                    case "jedis-cluster" -> RedisCluster.shared().jedis();
                    default -> RedisCluster.shared().lettuce();
                };
        try (RedisStateCacheManager caches =
                manager(connections, RedisServer.shared().uniquePrefix())) {
            for (String name : List.of("a", "near")) {
                RedisStateCache cache = caches.getCache(name);
                cache.putAll(Map.of("a", 1, "b", 2));
                List<List<String>> loads = new ArrayList<>();
                for (int i = 0; i < 2; i++) {
                    Map<String, Integer> found = cache.getAll(List.of("a", "c", "b", "d", "none", "c"), missing -> {
                        loads.add(missing);
                        return missing.contains("c") ? Map.of("c", 3, "d", 4) : Map.of();
                    });
                    assertThat(found).isEqualTo(Map.of("a", 1, "b", 2, "c", 3, "d", 4));
                }
                assertThat(loads).containsExactly(List.of("c", "d", "none"), List.of("none"));
                assertThat(cache.getAll(List.of())).isEmpty();
                assertThat(cache.get("c", Integer.class)).isEqualTo(3);
                // No claim is left behind.
                assertThat(cache.get("none", () -> 5)).isEqualTo(5);
                assertThat(cache.get("none", Integer.class)).isEqualTo(5);
                assertThat(cache.evictMatching("?").join()).isEqualTo(4);
                assertThat(cache.getAll(List.of("a", "b", "c", "d", "none"))).isEqualTo(Map.of("none", 5));
            }
        }
    }

    @Test
    void aChangeDuringALoadOfManyWins(RedisServer server) throws Exception {
        try (RedisStateCacheManager caches = manager(server.jedis(), server.uniquePrefix())) {
            RedisStateCache cache = caches.getCache("a");
            CountDownLatch loading = new CountDownLatch(1);
            CountDownLatch go = new CountDownLatch(1);
            CompletableFuture<Map<String, Integer>> load =
                    CompletableFuture.supplyAsync(() -> cache.getAll(List.of("evicted", "put", "kept"), missing -> {
                        loading.countDown();
                        try {
                            if (!go.await(10, TimeUnit.SECONDS)) {
                                throw new IllegalStateException("Not let go");
                            }
                        } catch (InterruptedException ex) {
                            throw new IllegalStateException(ex);
                        }
                        return Map.of("evicted", 1, "put", 1, "kept", 1);
                    }));
            if (!loading.await(10, TimeUnit.SECONDS)) {
                throw new IllegalStateException("Not loading: " + load.getNow(null));
            }
            cache.evict("evicted");
            cache.put("put", 2);
            go.countDown();
            assertThat(load.get(10, TimeUnit.SECONDS)).containsOnlyKeys("evicted", "put", "kept");
            assertThat(cache.getAll(List.of("evicted", "put", "kept"))).isEqualTo(Map.of("put", 2, "kept", 1));
        }
    }

    @Test
    void aFailedLoadOfManyIsTheCallersAndLeavesNoClaim(RedisServer server) {
        try (RedisStateCacheManager caches = manager(server.jedis(), server.uniquePrefix())) {
            RedisStateCache cache = caches.getCache("a");
            assertThatIllegalStateException()
                    .isThrownBy(() -> cache.<String, Integer>getAll(List.of("a"), missing -> {
                        throw new IllegalStateException("no database");
                    }))
                    .withMessage("no database");
            assertThat(cache.get("a", () -> 1)).isEqualTo(1);
            assertThat(cache.get("a", Integer.class)).isEqualTo(1);
        }
    }

    private static final CacheSettings KEPT = SETTINGS.toBuilder()
            .jitter(0)
            .fresh(Duration.ofMinutes(1))
            .keep(Duration.ofMinutes(10))
            .staleIfError(Duration.ofHours(1))
            .failureHold(Duration.ofMinutes(5))
            .build();
    private static final List<String> KEYS = List.of("a", "b", "c");

    private static RedisStateCacheManager keeping(RedisServer server, String prefix, Clock clock) {
        return RedisStateCacheManager.builder(server.jedis())
                .keyPrefix(prefix)
                .clock(clock)
                .defaults(KEPT)
                .build();
    }

    @Test
    void staleValuesAreGivenAtOnceAndLoadedTogetherByOneInTheBackground(RedisServer server) throws Exception {
        CacheIntegrationTests.MovableClock clock = new CacheIntegrationTests.MovableClock();
        String prefix = server.uniquePrefix();
        try (RedisStateCacheManager one = keeping(server, prefix, clock);
                RedisStateCacheManager two = keeping(server, prefix, clock)) {
            RedisStateCache here = one.getCache("a");
            RedisStateCache there = two.getCache("a");
            here.putAll(Map.of("a", 1, "b", 1));
            clock.forward(Duration.ofMinutes(2));
            here.put("fresh", 1);
            CountDownLatch go = new CountDownLatch(1);
            List<List<String>> loads = new CopyOnWriteArrayList<>();
            Map<String, Integer> found = here.getAll(List.of("a", "c", "fresh", "b"), missing -> {
                loads.add(missing);
                // Those of the background wait.
                return missing.contains("c") ? Map.of("c", 2) : awaited(go, Map.of("a", 2, "b", 2));
            });
            assertThat(found).isEqualTo(Map.of("a", 1, "b", 1, "c", 2, "fresh", 1));
            assertThat(found.keySet()).containsExactly("a", "c", "fresh", "b");
            await().atMost(30, TimeUnit.SECONDS).until(() -> loads.size() == 2);
            assertThat(loads).containsExactlyInAnyOrder(List.of("a", "b"), List.of("c"));

            // Nobody else does the same meanwhile, in neither process, and each is given what is kept.
            for (RedisStateCache cache : List.of(here, there, here, there)) {
                assertThat(cache.<String, Integer>getAll(KEYS, missing -> {
                            loads.add(missing);
                            return Map.of();
                        }))
                        .isEqualTo(Map.of("a", 1, "b", 1, "c", 2));
                assertThat(cache.get("a", () -> 99)).isEqualTo(1);
            }
            assertThat(here.statistics().staleHits()).isEqualTo(2 + 2 * 3);
            go.countDown();
            await().atMost(30, TimeUnit.SECONDS).until(() -> there.getAll(KEYS).equals(Map.of("a", 2, "b", 2, "c", 2)));
            assertThat(loads).hasSize(2);
            assertThat(here.statistics().refreshes()).isOne();
            assertThat(there.statistics().refreshes()).isZero();
            await().atMost(30, TimeUnit.SECONDS).until(() -> here.footprint() + there.footprint() == 0);
        }
    }

    private static <T> T awaited(CountDownLatch latch, T value) {
        try {
            if (!latch.await(30, TimeUnit.SECONDS)) {
                throw new IllegalStateException("Not let go");
            }
        } catch (InterruptedException ex) {
            throw new IllegalStateException(ex);
        }
        return value;
    }

    @Test
    void aRefreshOfManyThatFailsIsNotTriedAgainAtOnce(RedisServer server) {
        CacheIntegrationTests.MovableClock clock = new CacheIntegrationTests.MovableClock();
        try (RedisStateCacheManager caches = keeping(server, server.uniquePrefix(), clock)) {
            RedisStateCache cache = caches.getCache("a");
            cache.putAll(Map.of("a", 1, "b", 1));
            clock.forward(Duration.ofMinutes(2));
            AtomicInteger loads = new AtomicInteger();
            for (int i = 0; i < 20; i++) {
                assertThat(cache.getAll(List.of("a", "b"), missing -> failing(loads)))
                        .isEqualTo(Map.of("a", 1, "b", 1));
                await().atMost(30, TimeUnit.SECONDS)
                        .until(() -> cache.statistics().failedLoads() == 1);
            }
            assertThat(loads).hasValue(1);
        }
    }

    private static Map<String, Integer> failing(AtomicInteger loads) {
        loads.incrementAndGet();
        throw new IllegalStateException("no database");
    }

    @Test
    void keptValuesStandInForAFailedLoadOfManyIfThereIsOneForEach(RedisServer server) {
        CacheIntegrationTests.MovableClock clock = new CacheIntegrationTests.MovableClock();
        try (RedisStateCacheManager caches = keeping(server, server.uniquePrefix(), clock)) {
            RedisStateCache cache = caches.getCache("a");
            cache.putAll(Map.of("a", 1, "b", 1));
            clock.forward(Duration.ofMinutes(20));
            cache.put("fresh", 1);
            AtomicInteger loads = new AtomicInteger();
            for (int i = 0; i < 3; i++) {
                assertThat(cache.getAll(List.of("a", "fresh", "b"), missing -> {
                            assertThat(missing).containsExactly("a", "b");
                            return failing(loads);
                        }))
                        .isEqualTo(Map.of("a", 1, "fresh", 1, "b", 1));
            }
            // Not tried again within failure-hold.
            assertThat(loads).hasValue(1);
            assertThat(cache.statistics().staleHits()).isEqualTo(6);
            // Nothing is known of this one, and who does not get all gets nothing.
            assertThatIllegalStateException()
                    .isThrownBy(() -> cache.getAll(List.of("a", "b", "x"), missing -> failing(loads)))
                    .withMessage("no database");
            cache.evict("a");
            assertThatIllegalStateException()
                    .isThrownBy(() -> cache.getAll(List.of("a", "b"), missing -> failing(loads)))
                    .withMessage("no database");
            assertThat(cache.getAll(List.of("a", "b"), missing -> Map.of("a", 2, "b", 2)))
                    .isEqualTo(Map.of("a", 2, "b", 2));
            assertThat(cache.getAll(List.of("a", "b"))).isEqualTo(Map.of("a", 2, "b", 2));
        }
    }

    @Test
    void manyAreRetrievedOnThreadsOfTheCache(RedisServer server) throws Exception {
        try (RedisStateCacheManager caches = manager(server.jedis(), server.uniquePrefix())) {
            RedisStateCache cache = caches.getCache("a");
            cache.put("a", 1);
            CompletableFuture<Map<String, Integer>> loaded = new CompletableFuture<>();
            List<String> calls = new CopyOnWriteArrayList<>();
            CompletableFuture<Map<String, Integer>> found = cache.retrieveAll(KEYS, missing -> {
                calls.add(missing + " on " + Thread.currentThread().getName());
                return loaded;
            });
            await().atMost(30, TimeUnit.SECONDS).until(() -> !calls.isEmpty());
            assertThat(calls).singleElement().asString().startsWith("[b, c] on redis-state-cache-");
            assertThat(found).isNotDone();
            loaded.complete(Map.of("b", 2));
            assertThat(found.get(30, TimeUnit.SECONDS)).isEqualTo(Map.of("a", 1, "b", 2));
            assertThat(cache.getAll(KEYS)).isEqualTo(Map.of("a", 1, "b", 2));

            assertThat(cache.<String, Integer>retrieveAll(
                            KEYS, missing -> CompletableFuture.failedFuture(new IOException("no database"))))
                    .failsWithin(Duration.ofSeconds(30))
                    .withThrowableThat()
                    .havingCause()
                    .isInstanceOf(IOException.class)
                    .withMessage("no database");
        }
    }

    @Test
    void withoutRedisAllIsLoaded() throws Exception {
        try (RedisServer server = RedisServer.start();
                RedisStateCacheManager caches = manager(server.jedis(), "bulk")) {
            RedisStateCache cache = caches.getCache("a");
            cache.put("a", 0);
            server.kill();
            assertThat(cache.getAll(List.of("a", "b"))).isEmpty();
            assertThat(cache.getAll(List.of("a", "b"), missing -> Map.of("a", 1, "b", 2)))
                    .isEqualTo(Map.of("a", 1, "b", 2));
            cache.putAll(Map.of("a", 3));
            assertThat(caches.pendingChanges()).isPositive();
        }
    }
}
