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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
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
