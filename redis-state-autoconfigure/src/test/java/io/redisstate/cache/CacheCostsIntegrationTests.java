package io.redisstate.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.redisstate.cache.setting.CacheSettings;
import io.redisstate.cache.setting.NearSettings;
import io.redisstate.test.CommandCount;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** How many commands Redis runs for each operation; a server of its own, so that none is another's. */
@RedisTest
class CacheCostsIntegrationTests {

    @Test
    void operationsCostWhatTheDocumentationSays() throws Exception {
        try (RedisServer server = RedisServer.start();
                RedisStateCacheManager caches = RedisStateCacheManager.builder(server.jedis())
                        .keyPrefix("costs")
                        .defaults(CacheSettings.builder().earlyRefreshBeta(0).build())
                        .build()) {
            RedisStateCache cache = caches.getCache("a").typed(String.class);
            cache.get("warm", () -> "warm");
            cache.put("warm", "warm");
            cache.evict("warm");
            cache.clear();
            caches.invalidateTag("warm");
            cache.put("key", "value");
            await().atMost(Duration.ofSeconds(30)).until(caches::isTracking);
            cache.get("key", () -> "value");

            // Two round trips: claim (which looks first) and store; no GET before them.
            CommandCount misses = server.count(() -> load(cache, "miss", 100));
            assertThat(misses.of("evalsha")).isEqualTo(200);
            assertThat(misses.of("get")).isEqualTo(300);
            // What this process has found or loaded is read by one GET.
            CommandCount hits = server.count(() -> load(cache, "miss", 100));
            assertThat(hits.of("get")).isEqualTo(100);
            assertThat(hits.total()).isEqualTo(100);
            CommandCount puts = server.count(() -> {
                for (int i = 0; i < 100; i++) {
                    cache.put("put" + i, "value");
                    cache.evict("put" + i);
                }
            });
            assertThat(puts.of("evalsha")).isBetween(200L, 300L);
            CommandCount clears = server.count(cache::clear);
            assertThat(clears.of("evalsha")).isOne();
            CommandCount tags = server.count(() -> caches.invalidateTag("warm"));
            assertThat(tags.of("evalsha")).isEqualTo(2);
            assertThat(tags.of("incr")).isOne();
        }
    }

    private static void load(RedisStateCache cache, String key, int count) {
        for (int i = 0; i < count; i++) {
            cache.get(key + i, () -> "value");
        }
    }

    @Test
    void whatAnotherProcessHasStoredIsFoundInOneRoundTrip() throws Exception {
        try (RedisServer server = RedisServer.start();
                RedisStateCacheManager one = RedisStateCacheManager.builder(server.jedis())
                        .keyPrefix("costs")
                        .defaults(CacheSettings.builder().earlyRefreshBeta(0).build())
                        .build();
                RedisStateCacheManager two = RedisStateCacheManager.builder(server.newJedis())
                        .keyPrefix("costs")
                        .defaults(CacheSettings.builder()
                                .earlyRefreshBeta(0)
                                .near(NearSettings.DEFAULT)
                                .build())
                        .build()) {
            load(one.getCache("a").typed(String.class), "key", 50);
            RedisStateCache cache = two.getCache("a").typed(String.class);
            cache.get("warm", () -> "value");
            await().atMost(Duration.ofSeconds(30)).until(two::isTracking);
            cache.get("warm", () -> "value");
            CommandCount first = server.count(() -> load(cache, "key", 50));
            assertThat(first.of("evalsha")).isEqualTo(50);
            assertThat(first.of("get")).isEqualTo(50);
            // It is near from then on.
            CommandCount second = server.count(() -> load(cache, "key", 50));
            assertThat(second.total()).isZero();
            assertThat(cache.statistics().hits()).isGreaterThanOrEqualTo(50);
            assertThat(cache.statistics().nearHits()).isGreaterThanOrEqualTo(50);
        }
    }

    @Test
    void aStaleValueThatAnotherProcessRefreshesIsNotAskedForByEachCaller() throws Exception {
        CacheIntegrationTests.MovableClock clock = new CacheIntegrationTests.MovableClock();
        try (RedisServer server = RedisServer.start();
                RedisStateCacheManager caches = RedisStateCacheManager.builder(server.jedis())
                        .keyPrefix("costs")
                        .clock(clock)
                        .defaults(CacheSettings.builder()
                                .earlyRefreshBeta(0)
                                .jitter(0)
                                .fresh(Duration.ofMinutes(1))
                                .keep(Duration.ofHours(1))
                                .build())
                        .build()) {
            RedisStateCache cache = caches.getCache("a").typed(String.class);
            cache.put("key", "stale");
            await().atMost(Duration.ofSeconds(30)).until(caches::isTracking);
            clock.forward(Duration.ofMinutes(2));
            server.command("SET", "costs:cache:a:{key}:load", "another", "PX", "60000");
            CommandCount count = server.count(() -> {
                for (int i = 0; i < 300; i++) {
                    assertThat(cache.get("key", () -> "new")).isEqualTo("stale");
                }
            });
            // One look each second, and the version once.
            assertThat(count.of("evalsha")).isLessThan(10);
        }
    }

    @Test
    void manyColdKeysAreClaimedInTheRoundTripThatLooksThemUp() throws Exception {
        try (RedisServer server = RedisServer.start();
                RedisStateCacheManager caches = RedisStateCacheManager.builder(server.jedis())
                        .keyPrefix("costs")
                        .defaults(CacheSettings.builder().earlyRefreshBeta(0).build())
                        .build()) {
            RedisStateCache cache = caches.getCache("a").typed(Integer.class);
            cache.put(-1, 1);
            await().atMost(Duration.ofSeconds(30)).until(caches::isTracking);
            cache.get(-2, () -> 2);
            List<Integer> keys = new ArrayList<>();
            Map<Integer, Integer> values = new HashMap<>();
            for (int i = 0; i < 200; i++) {
                keys.add(i);
                values.put(i, i);
            }
            CommandCount cold = server.count(
                    () -> assertThat(cache.getAll(keys, missing -> values)).isEqualTo(values));
            assertThat(cold.of("mget")).isZero();
            assertThat(cold.of("evalsha")).isEqualTo(400);
            CommandCount warm = server.count(
                    () -> assertThat(cache.getAll(keys, missing -> Map.of())).isEqualTo(values));
            assertThat(warm.of("mget")).isOne();
            assertThat(warm.total()).isOne();
        }
    }
}
