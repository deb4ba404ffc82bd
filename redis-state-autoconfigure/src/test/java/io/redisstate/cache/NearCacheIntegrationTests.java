package io.redisstate.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.protocol.ProtocolVersion;
import io.redisstate.cache.setting.CacheSettings;
import io.redisstate.cache.setting.NearSettings;
import io.redisstate.core.subscription.KeyTracking;
import io.redisstate.test.CommandCount;
import io.redisstate.test.RedisCluster;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.connection.RedisStandaloneConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceClientConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import redis.clients.jedis.exceptions.JedisDataException;

/** Near caches stay in step with Redis whoever changes it, and whatever happens to the connection that tells. */
@RedisTest
class NearCacheIntegrationTests {

    private static final Duration LIMIT = Duration.ofSeconds(40);
    private static final String PREFIX = "near";

    private static RedisStateCacheManager manager(RedisConnectionFactory connections, String prefix) {
        return RedisStateCacheManager.builder(connections)
                .keyPrefix(prefix)
                .defaults(CacheSettings.builder()
                        .type(String.class)
                        .earlyRefreshBeta(0)
                        .near(NearSettings.DEFAULT)
                        .build())
                .build();
    }

    private static RedisConnectionFactory connections(RedisServer server, String client) {
        return client.equals("jedis") ? server.jedis() : server.lettuce();
    }

    /** A value that is here, in the process's memory. */
    static void makeNear(RedisStateCacheManager caches, RedisStateCache cache, String key, String value) {
        cache.put(key, value);
        awaitNear(caches, cache, key, value);
    }

    private static void awaitNear(RedisStateCacheManager caches, RedisStateCache cache, String key, String value) {
        await().atMost(LIMIT).pollInterval(Duration.ofMillis(5)).until(() -> {
            long before = cache.statistics().nearHits();
            return caches.isTracking()
                    && Objects.equals(cache.get(key, String.class), value)
                    && cache.statistics().nearHits() > before;
        });
    }

    private static void awaitValue(RedisStateCache cache, String key, @org.jspecify.annotations.Nullable String value) {
        await().atMost(LIMIT).until(() -> Objects.equals(cache.get(key, String.class), value));
    }

    @ParameterizedTest
    @ValueSource(strings = {"jedis", "lettuce"})
    void whoeverChangesAKeyRemovesItFromAllNearCaches(String client) throws Exception {
        try (RedisServer server = RedisServer.start();
                RedisStateCacheManager one = manager(connections(server, client), PREFIX);
                RedisStateCacheManager two = manager(connections(server, client), PREFIX)) {
            RedisStateCache here = one.getCache("a");
            RedisStateCache there = two.getCache("a");
            String raw = PREFIX + ":cache:a:{key}";
            List<Runnable> changes = List.of(
                    () -> there.put("key", "new"),
                    () -> there.evict("key"),
                    there::clear,
                    () -> server.command("DEL", raw),
                    () -> server.command("SET", raw, "by somebody"),
                    () -> server.command("FLUSHALL"));
            long slowest = 0;
            for (Runnable change : changes) {
                long fastest = Long.MAX_VALUE;
                // What a busy machine does to one try, it does not do to three.
                for (int i = 0; i < 3; i++) {
                    makeNear(one, here, "key", "old");
                    change.run();
                    fastest = Math.min(fastest, untilGone(here));
                }
                slowest = Math.max(slowest, fastest);
            }
            System.out.println("Near values are gone within " + slowest / 1_000 + " us (" + client + ")");
            assertThat(TimeUnit.NANOSECONDS.toMillis(slowest)).isLessThan(50);
        }
    }

    @Test
    void whatTheServerEvictsOrExpiresIsGone() throws Exception {
        try (RedisServer server = RedisServer.start();
                RedisStateCacheManager caches = manager(server.jedis(), PREFIX)) {
            RedisStateCache cache = caches.getCache("a");
            server.command("CONFIG", "SET", "maxmemory-policy", "allkeys-random");
            long evicted = Long.MAX_VALUE;
            long expired = Long.MAX_VALUE;
            for (int i = 0; i < 3; i++) {
                makeNear(caches, cache, "key", "old");
                server.command("CONFIG", "SET", "maxmemory", "1");
                // Evicts all there is, and then there is still no room.
                assertThatExceptionOfType(JedisDataException.class)
                        .isThrownBy(() -> server.command("SET", "other", "x".repeat(100)))
                        .withMessageContaining("OOM");
                evicted = Math.min(evicted, untilGone(cache));
                server.command("CONFIG", "SET", "maxmemory", "0");

                makeNear(caches, cache, "key", "old");
                server.command("PEXPIRE", PREFIX + ":cache:a:{key}", "20");
                await().atMost(LIMIT)
                        .pollInterval(Duration.ofMillis(5))
                        .until(() -> Objects.equals(server.command("EXISTS", PREFIX + ":cache:a:{key}"), 0L));
                expired = Math.min(expired, untilGone(cache));
            }
            assertThat(TimeUnit.NANOSECONDS.toMillis(evicted)).isLessThan(50);
            assertThat(TimeUnit.NANOSECONDS.toMillis(expired)).isLessThan(50);
        }
    }

    private static long untilGone(RedisStateCache cache) {
        long begun = System.nanoTime();
        while (Objects.equals(cache.get("key", String.class), "old")) {
            assertThat(System.nanoTime() - begun).isLessThan(LIMIT.toNanos());
            LockSupport.parkNanos(100_000);
        }
        return System.nanoTime() - begun;
    }

    @Test
    void aValueEndsNearWhenItsTimeIsOver() throws Exception {
        try (RedisServer server = RedisServer.start();
                RedisStateCacheManager caches = RedisStateCacheManager.builder(server.jedis())
                        .keyPrefix(PREFIX)
                        .defaults(CacheSettings.builder()
                                .type(String.class)
                                .fresh(Duration.ofMillis(700))
                                .jitter(0)
                                .near(NearSettings.DEFAULT)
                                .build())
                        .build()) {
            RedisStateCache cache = caches.getCache("a");
            cache.put("warm", "warm");
            cache.get("warm");
            await().until(caches::isTracking);
            long begun = System.nanoTime();
            makeNear(caches, cache, "key", "value");
            while (cache.get("key") != null) {
                LockSupport.parkNanos(1_000_000);
            }
            assertThat(Duration.ofNanos(System.nanoTime() - begun))
                    .isBetween(Duration.ofMillis(600), Duration.ofMillis(1_500));
        }
    }

    @Test
    void aNearHitAsksNobodyAndAHitIsOneGet() throws Exception {
        try (RedisServer server = RedisServer.start();
                RedisStateCacheManager caches = manager(server.jedis(), PREFIX)) {
            RedisStateCache cache = caches.getCache("a");
            makeNear(caches, cache, "key", "value");
            CommandCount count = server.count(() -> {
                for (int i = 0; i < 100; i++) {
                    assertThat(cache.get("key", () -> "other")).isEqualTo("value");
                }
            });
            assertThat(count.total()).isZero();

            for (int i = 0; i < 100; i++) {
                cache.put("key" + i, "value");
            }
            await().until(() -> {
                cache.get("key", String.class);
                return server.count(() -> cache.get("absent")).total() == 1;
            });
            CommandCount hits = server.count(() -> {
                for (int i = 0; i < 100; i++) {
                    assertThat(cache.get("key" + i, () -> "other")).isEqualTo("value");
                }
            });
            assertThat(hits.of("get")).isEqualTo(100);
            assertThat(hits.total()).isEqualTo(100);
        }
    }

    @Test
    void tagsReachNearValues() throws Exception {
        try (RedisServer server = RedisServer.start();
                RedisStateCacheManager one = manager(server.jedis(), PREFIX);
                RedisStateCacheManager two = manager(server.jedis(), PREFIX)) {
            RedisStateCache cache = one.getCache("a");
            cache.put("key", "old", List.of("tag"));
            awaitNear(one, cache, "key", "old");
            two.invalidateTag("tag");
            awaitValue(cache, "key", null);
        }
    }

    @Test
    void aServerThatHangsIsNoticed() throws Exception {
        try (RedisServer server = RedisServer.start();
                RedisStateCacheManager caches = manager(server.jedis(), PREFIX)) {
            RedisStateCache cache = caches.getCache("a");
            makeNear(caches, cache, "key", "old");
            server.pause();
            await().atMost(LIMIT).until(() -> !caches.isTracking());
            server.resume();
            makeNear(caches, cache, "key", "new");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"jedis", "lettuce"})
    void onAClusterEveryPrimaryTells(String client) {
        RedisCluster cluster = RedisCluster.shared();
        String prefix = RedisServer.shared().uniquePrefix();
        try (RedisStateCacheManager one =
                        manager(client.equals("jedis") ? cluster.jedis() : cluster.lettuce(), prefix);
                RedisStateCacheManager two = manager(cluster.jedis(), prefix)) {
            RedisStateCache here = one.getCache("a");
            RedisStateCache there = two.getCache("a");
            for (int i = 0; i < 12; i++) {
                makeNear(one, here, "key" + i, "old");
            }
            for (int i = 0; i < 12; i++) {
                there.put("key" + i, "new");
            }
            for (int i = 0; i < 12; i++) {
                awaitNear(one, here, "key" + i, "new");
            }
            there.clear();
            for (int i = 0; i < 12; i++) {
                awaitValue(here, "key" + i, null);
            }
        }
    }

    @Test
    void lettuceWithoutPushesIsRefusedForNearCachesAndServesOthers() {
        RedisServer server = RedisServer.shared();
        LettuceConnectionFactory connections = new LettuceConnectionFactory(
                new RedisStandaloneConfiguration(server.host(), server.port()),
                LettuceClientConfiguration.builder()
                        .clientOptions(ClientOptions.builder()
                                .protocolVersion(ProtocolVersion.RESP2)
                                .build())
                        .build());
        connections.afterPropertiesSet();
        connections.start();
        try (RedisStateCacheManager caches = manager(connections, server.uniquePrefix());
                RedisStateCacheManager far = RedisStateCacheManager.builder(connections)
                        .keyPrefix(server.uniquePrefix())
                        .build()) {
            assertThatIllegalStateException()
                    .isThrownBy(() -> caches.getCache("a"))
                    .withMessageContaining("redis-state.cache.caches.a.near")
                    .withMessageContaining("RESP 3");
            RedisStateCache cache = far.getCache("a").typed(String.class);
            cache.put("key", "value");
            assertThat(cache.get("key", String.class)).isEqualTo("value");
            cache.clear();
            assertThat(cache.get("key")).isNull();
            assertThat(far.isTracking()).isFalse();
            assertThat(KeyTracking.obstacle(connections)).isPresent();
        } finally {
            connections.destroy();
        }
    }
}
