package io.redisstate.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.redisstate.cache.setting.CacheSettings;
import io.redisstate.core.ConnectionCallExecutor;
import io.redisstate.core.ConnectionGuard;
import io.redisstate.core.Resilience4jBreaker;
import io.redisstate.test.RedisCluster;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.data.redis.connection.RedisConnectionFactory;

/** What callers see when Redis is away, full, or a cluster. */
@RedisTest
class CacheFailuresIntegrationTests {

    private static final String PREFIX = "failures";
    private static final Duration OPEN = Duration.ofSeconds(4);
    private static final CacheSettings SETTINGS =
            CacheSettings.builder().type(String.class).earlyRefreshBeta(0).build();

    private static RedisStateCacheManager manager(RedisConnectionFactory connections, String prefix) {
        return manager(connections, prefix, Duration.ofMillis(500));
    }

    private static RedisStateCacheManager manager(RedisConnectionFactory connections, String prefix, Duration open) {
        CircuitBreaker breaker = CircuitBreaker.of(
                "redis",
                CircuitBreakerConfig.custom()
                        .recordException(Resilience4jBreaker::recordsFailure)
                        .slidingWindowSize(10)
                        .minimumNumberOfCalls(5)
                        .waitDurationInOpenState(open)
                        .build());
        return RedisStateCacheManager.builder(connections)
                .keyPrefix(prefix)
                .defaults(SETTINGS)
                .calls(new ConnectionGuard(
                        new ConnectionCallExecutor(connections),
                        ConnectionGuard.backOff(3, Duration.ofMillis(50), Duration.ofMillis(500)),
                        new Resilience4jBreaker(breaker)))
                .build();
    }

    @ParameterizedTest
    @ValueSource(strings = {"jedis", "lettuce"})
    void redisComesAndGoesAndEvictionsAreNotLost(String client) throws Exception {
        try (RedisServer server = RedisServer.start("--appendonly", "yes", "--appendfsync", "always");
                RedisStateCacheManager caches =
                        // Open for longer than the reads below take.
                        manager(client.equals("jedis") ? server.jedis() : server.lettuce(), PREFIX, OPEN);
                RedisStateCacheManager others = manager(server.newJedis(), PREFIX)) {
            RedisStateCache cache = caches.getCache("a");
            RedisStateCache cleared = caches.getCache("b");
            cache.put("evicted", "old");
            cache.put("put", "old");
            cache.put("kept", "kept");
            cleared.put("key", "old");
            await().atMost(Duration.ofSeconds(30)).until(caches::isTracking);
            cache.get("kept");
            server.pause();

            AtomicInteger loads = new AtomicInteger();
            long begun = System.nanoTime();
            assertThat(cache.get("evicted", () -> "loaded " + loads.incrementAndGet()))
                    .isEqualTo("loaded 1");
            // The time-out of 2 s, which Jedis' pool spends once more on replacing the connection; no repetition.
            assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(6));
            cache.evict("evicted");
            cache.put("put", "new");
            cleared.clear();
            for (int i = 0; i < 5; i++) {
                cache.get("x" + i, () -> "x");
            }
            begun = System.nanoTime();
            for (int i = 0; i < 20; i++) {
                assertThat(cache.get("key" + i, () -> "loaded")).isEqualTo("loaded");
            }
            assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(2));
            assertThat(caches.pendingChanges()).isEqualTo(3);
            assertThat(cache.statistics().failures()).isPositive();

            server.resume();
            // Never the old value, from the first read on.
            assertThat(cache.get("evicted", () -> "fresh")).isIn("fresh", "loaded 1");
            assertThat(cache.get("put", () -> "fresh")).isIn("fresh", "new");
            await().atMost(Duration.ofSeconds(20)).until(() -> caches.pendingChanges() == 0);
            assertThat(others.getCache("a").get("evicted", String.class)).isNotEqualTo("old");
            assertThat(others.getCache("a").get("put", String.class)).isNotEqualTo("old");
            assertThat(others.getCache("b").get("key")).isNull();
            await().untilAsserted(
                            () -> assertThat(cache.get("kept", String.class)).isEqualTo("kept"));
        }
    }

    @Test
    void redisMayBeAwayAtTheStart() throws Exception {
        try (RedisServer server = RedisServer.start()) {
            RedisConnectionFactory connections = server.jedis();
            server.kill();
            try (RedisStateCacheManager caches = manager(connections, PREFIX)) {
                RedisStateCache cache = caches.getCache("a");
                for (int i = 0; i < 50; i++) {
                    assertThat(cache.get("key", () -> "loaded")).isEqualTo("loaded");
                }
                cache.put("key", "value");
                cache.evict("key");
                cache.clear();
                cache.invalidateTag("tag");
                assertThat(cache.putIfAbsent("key", "value")).isNull();
                server.restart();
                await().atMost(Duration.ofSeconds(20)).until(() -> {
                    cache.put("key", "value");
                    return Objects.equals(cache.get("key", String.class), "value");
                });
                await().atMost(Duration.ofSeconds(20)).until(() -> caches.pendingChanges() == 0 && caches.isTracking());
            }
        }
    }

    @Test
    void whatIsLoadedWhileRedisGoesAwayIsNotLoadedTwice() throws Exception {
        AtomicInteger loads = new AtomicInteger();
        try (RedisServer server = RedisServer.start();
                RedisStateCacheManager caches = manager(server.jedis(), PREFIX)) {
            RedisStateCache cache =
                    caches.getCache("a").typed(String.class).taggedBy((key, value) -> java.util.List.of("tag"));
            assertThat(cache.get("key", () -> {
                        server.kill();
                        return "loaded " + loads.incrementAndGet();
                    }))
                    .isEqualTo("loaded 1");
            assertThat(loads).hasValue(1);
        }
    }

    @Test
    void aFullServerIsReadAndWritesFailOpen() throws Exception {
        try (RedisServer server = RedisServer.start("--maxmemory-policy", "noeviction");
                RedisStateCacheManager caches = manager(server.jedis(), PREFIX)) {
            RedisStateCache cache = caches.getCache("a");
            cache.put("key", "value");
            cache.put("changed", "old");
            cache.put("tagged", "tagged", java.util.List.of("tag"));
            cache.get("warm", () -> "warm");
            server.command("CONFIG", "SET", "maxmemory", "1");

            assertThat(cache.get("key", String.class)).isEqualTo("value");
            assertThat(cache.get("key", () -> "other")).isEqualTo("value");
            long failures = cache.statistics().failures();
            assertThat(cache.get("missing", () -> "loaded")).isEqualTo("loaded");
            cache.put("changed", "new");
            assertThat(cache.statistics().failures()).isGreaterThan(failures);
            // What could not be replaced is removed, which a full server allows.
            assertThat(cache.get("changed", String.class)).isNotEqualTo("old");
            assertThat(cache.get("key", String.class)).isEqualTo("value");
            // So are a tag and a cache invalidated.
            caches.invalidateTag("tag");
            assertThat(cache.get("tagged")).isNull();
            assertThat(cache.get("key", String.class)).isEqualTo("value");
            cache.clear();
            assertThat(cache.get("key")).isNull();
            assertThat(caches.pendingChanges()).isZero();

            server.command("CONFIG", "SET", "maxmemory", "0");
            await().until(() -> {
                cache.put("changed", "newer");
                return Objects.equals(cache.get("changed", String.class), "newer");
            });
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"jedis", "lettuce"})
    void cachesWorkOnACluster(String client) {
        RedisCluster cluster = RedisCluster.shared();
        String prefix = RedisServer.shared().uniquePrefix();
        try (RedisStateCacheManager caches =
                manager(client.equals("jedis") ? cluster.jedis() : cluster.lettuce(), prefix)) {
            RedisStateCache cache = caches.getCache("a").tagged(java.util.List.of("tag"));
            for (String key : new String[] {"a", "{b}", "c}", "{", "d{e}f", "g"}) {
                assertThat(cache.get(key, () -> "loaded")).isEqualTo("loaded");
                assertThat(cache.get(key, String.class)).isEqualTo("loaded");
                cache.put(key, "put");
                assertThat(cache.get(key, String.class)).isEqualTo("put");
                cache.evict(key);
                assertThat(cache.get(key)).isNull();
                cache.put(key, "put");
            }
            caches.invalidateTag("tag");
            assertThat(cache.get("a")).isNull();
            cache.put("a", "put");
            cache.clear();
            assertThat(cache.get("a")).isNull();
        }
    }
}
