package io.redisstate.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.redisstate.cache.setting.CacheSettings;
import io.redisstate.cache.setting.WriteBehindSettings;
import io.redisstate.cache.write.CacheWriteException;
import io.redisstate.cache.write.CacheWriter;
import io.redisstate.test.CommandCount;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.io.IOException;
import java.util.Collection;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.data.redis.connection.RedisConnectionFactory;

/** Puts that reach the database first. */
@RedisTest
class WriteThroughIntegrationTests {

    /** A database whose writes can be held up and fail. */
    static class Database implements CacheWriter<String, Integer> {

        final Map<String, Integer> rows = new ConcurrentHashMap<>();
        volatile @Nullable Exception failure;
        volatile CountDownLatch writing = new CountDownLatch(1);
        volatile CountDownLatch go = new CountDownLatch(0);

        @Override
        public String cache() {
            return "stock";
        }

        @Override
        public void writeAll(Map<String, Integer> values) throws Exception {
            CountDownLatch wait = go;
            writing.countDown();
            if (!wait.await(20, TimeUnit.SECONDS)) {
                throw new IllegalStateException("Not let go");
            }
            fail();
            rows.putAll(values);
        }

        @Override
        public void deleteAll(Collection<String> keys) throws Exception {
            fail();
            keys.forEach(rows::remove);
        }

        private void fail() throws Exception {
            if (failure != null) {
                throw failure;
            }
        }
    }

    private static RedisStateCacheManager manager(
            RedisConnectionFactory connections, String prefix, Database database) {
        return RedisStateCacheManager.builder(connections)
                .keyPrefix(prefix)
                .defaults(CacheSettings.builder().earlyRefreshBeta(0).build())
                .writer(database)
                .build();
    }

    @Test
    void aPutIsInTheDatabaseAndThenInTheCache(RedisServer server) {
        Database database = new Database();
        try (RedisStateCacheManager caches = manager(server.lettuce(), server.uniquePrefix(), database)) {
            RedisStateCache cache = caches.getCache("stock");
            cache.put("a", 1);
            cache.putAll(Map.of("b", 2, "c", 3));
            assertThat(database.rows).isEqualTo(Map.of("a", 1, "b", 2, "c", 3));
            database.rows.clear();
            assertThat(cache.get("a", Integer.class)).isEqualTo(1);
            assertThat(cache.getAll(java.util.List.of("b", "c"))).isEqualTo(Map.of("b", 2, "c", 3));

            database.rows.putAll(Map.of("a", 1, "b", 2, "c", 3));
            cache.put("a", null);
            cache.delete("b");
            assertThat(database.rows).isEqualTo(Map.of("c", 3));
            assertThat(Objects.requireNonNull(cache.get("a")).get()).isNull();
            // Evictions and clears are the cache's only.
            cache.evict("c");
            cache.clear();
            assertThat(database.rows).isEqualTo(Map.of("c", 3));
            assertThat(cache.get("c")).isNull();
        }
    }

    @Test
    void aFailedWriteIsTheCallersAndLeavesNoEntry(RedisServer server) {
        Database database = new Database();
        String prefix = server.uniquePrefix();
        try (RedisStateCacheManager caches = manager(server.jedis(), prefix, database)) {
            RedisStateCache cache = caches.getCache("stock");
            cache.put("a", 1);
            database.failure = new IllegalStateException("constraint");
            assertThatIllegalStateException()
                    .isThrownBy(() -> cache.put("a", 2))
                    .withMessage("constraint");
            database.failure = new IOException("no route");
            assertThatExceptionOfType(CacheWriteException.class)
                    .isThrownBy(() -> cache.delete("a"))
                    .withMessageContaining("'stock'")
                    .withMessageContaining("no route");
            assertThat(cache.get("a")).isNull();
            assertThat(database.rows).isEqualTo(Map.of("a", 1));
            // No claim is left behind that others would wait for.
            assertThat(server.keys(prefix + ":cache:")).isEmpty();
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> cache.put("a", "text"))
                    .withMessageContaining("java.lang.Integer, not java.lang.String");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> cache.put(7L, 1))
                    .withMessageContaining("keys of java.lang.String, not java.lang.Long");
        }
    }

    @Test
    void whoAsksDuringAWriteWaitsForTheNewValue(RedisServer server) throws Exception {
        Database database = new Database();
        try (RedisStateCacheManager caches = manager(server.jedis(), server.uniquePrefix(), database)) {
            RedisStateCache cache = caches.getCache("stock");
            cache.put("a", 1);
            CountDownLatch go = new CountDownLatch(1);
            database.go = go;
            database.writing = new CountDownLatch(1);
            CompletableFuture<Void> write = CompletableFuture.runAsync(() -> cache.put("a", 2));
            assertThat(database.writing.await(20, TimeUnit.SECONDS)).isTrue();
            assertThat(cache.get("a")).isNull();
            CompletableFuture<Integer> read = CompletableFuture.supplyAsync(() -> cache.get("a", () -> 99));
            go.countDown();
            write.get(20, TimeUnit.SECONDS);
            assertThat(read.get(20, TimeUnit.SECONDS)).isEqualTo(2);
        }
    }

    @Test
    void ofTwoWritesAtTheSameTimeNeitherIsStoredOutOfOrder(RedisServer server) throws Exception {
        Database database = new Database();
        String prefix = server.uniquePrefix();
        try (RedisStateCacheManager one = manager(server.jedis(), prefix, database);
                RedisStateCacheManager two = manager(server.lettuce(), prefix, database)) {
            CountDownLatch go = new CountDownLatch(1);
            database.go = go;
            CompletableFuture<Void> first =
                    CompletableFuture.runAsync(() -> one.getCache("stock").put("a", 1));
            assertThat(database.writing.await(20, TimeUnit.SECONDS)).isTrue();
            database.go = new CountDownLatch(0);
            two.getCache("stock").put("a", 2);
            // The first one reaches the database last.
            go.countDown();
            first.get(20, TimeUnit.SECONDS);
            assertThat(database.rows).isEqualTo(Map.of("a", 1));
            assertThat(one.getCache("stock").get("a", () -> database.rows.get("a")))
                    .isEqualTo(1);
            assertThat(two.getCache("stock").get("a", Integer.class)).isEqualTo(1);
        }
    }

    @Test
    void withoutRedisTheDatabaseIsWrittenAndTheOldEntryGoesWhenItIsBack() throws Exception {
        Database database = new Database();
        try (RedisServer server = RedisServer.start("--appendonly", "yes", "--appendfsync", "always");
                RedisStateCacheManager caches = manager(server.jedis(), "through", database)) {
            RedisStateCache cache = caches.getCache("stock");
            cache.put("a", 1);
            server.pause();
            cache.put("a", 2);
            assertThat(database.rows).isEqualTo(Map.of("a", 2));
            server.resume();
            assertThat(cache.get("a", () -> database.rows.get("a"))).isEqualTo(2);
            org.awaitility.Awaitility.await().until(() -> caches.pendingChanges() == 0);
            assertThat(cache.get("a", () -> database.rows.get("a"))).isEqualTo(2);
        }
    }

    @Test
    void aPutTakesTwoRoundTrips() throws Exception {
        Database database = new Database();
        try (RedisServer server = RedisServer.start();
                RedisStateCacheManager caches = manager(server.jedis(), "through", database)) {
            RedisStateCache cache = caches.getCache("stock");
            cache.put("warm", 1);
            org.awaitility.Awaitility.await().until(caches::isTracking);
            cache.put("warm", 1);
            CommandCount count = server.count(() -> cache.put("a", 1));
            assertThat(count.of("evalsha")).isEqualTo(2);
        }
    }

    @Test
    void wrongSetUpsAreRefused(RedisServer server) {
        Database database = new Database();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RedisStateCacheManager.builder(server.jedis())
                        .writer(database)
                        .writer(new Database()))
                .withMessageContaining("'stock' has two CacheWriters");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RedisStateCacheManager.builder(server.jedis()).writer(new Untyped<>()))
                .withMessageContaining("does not say what its keys and values are");
        assertThatIllegalStateException()
                .isThrownBy(() -> RedisStateCacheManager.builder(server.jedis())
                        .cache(
                                "views",
                                CacheSettings.builder()
                                        .writeBehind(WriteBehindSettings.DEFAULT)
                                        .build())
                        .build())
                .withMessageContaining("redis-state.cache.caches.views.write-behind")
                .withMessageContaining("no CacheWriter");
    }

    private static final class Untyped<K, V> implements CacheWriter<K, V> {

        @Override
        public String cache() {
            return "untyped";
        }

        @Override
        public void writeAll(Map<K, V> values) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void deleteAll(Collection<K> keys) {
            throw new UnsupportedOperationException();
        }
    }
}
