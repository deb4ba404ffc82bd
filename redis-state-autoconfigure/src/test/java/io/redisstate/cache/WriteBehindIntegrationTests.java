package io.redisstate.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import io.redisstate.cache.setting.CacheSettings;
import io.redisstate.cache.setting.NearSettings;
import io.redisstate.cache.setting.WriteBehindSettings;
import io.redisstate.cache.write.CacheWriteException;
import io.redisstate.cache.write.CacheWriter;
import io.redisstate.cache.write.DeadWrite;
import io.redisstate.cache.write.WriteBehind;
import io.redisstate.test.CommandCount;
import io.redisstate.test.RedisCluster;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.data.redis.connection.RedisConnectionFactory;

/** Puts that reach the database later. */
@RedisTest
class WriteBehindIntegrationTests {

    private static final Duration LIMIT = Duration.ofSeconds(30);

    private static final WriteBehindSettings FAST = WriteBehindSettings.builder()
            .delay(Duration.ZERO)
            .lease(Duration.ofSeconds(2))
            .backoff(Duration.ofMillis(10))
            .maxBackoff(Duration.ofMillis(100))
            .build();

    /** A database that records each batch, and can be away or refuse some keys. */
    static class Database implements CacheWriter<Long, String> {

        final Map<Long, String> rows = new ConcurrentHashMap<>();
        final List<Map<Long, String>> batches = new CopyOnWriteArrayList<>();
        final Set<Long> refused = ConcurrentHashMap.newKeySet();
        volatile boolean away;
        volatile CountDownLatch go = new CountDownLatch(0);
        final CountDownLatch writing = new CountDownLatch(1);

        @Override
        public String cache() {
            return "views";
        }

        @Override
        public void writeAll(Map<Long, String> values) throws Exception {
            writing.countDown();
            if (!go.await(20, TimeUnit.SECONDS)) {
                throw new IllegalStateException("Not let go");
            }
            batches.add(new HashMap<>(values));
            if (away) {
                throw new IOException("database away");
            }
            if (values.keySet().stream().anyMatch(refused::contains)) {
                throw new IllegalArgumentException("constraint violated");
            }
            rows.putAll(values);
        }

        @Override
        public void deleteAll(Collection<Long> keys) throws IOException {
            if (away) {
                throw new IOException("database away");
            }
            keys.forEach(rows::remove);
        }
    }

    private static RedisStateCacheManager manager(
            RedisConnectionFactory connections, String prefix, Database database, WriteBehindSettings settings) {
        return RedisStateCacheManager.builder(connections)
                .keyPrefix(prefix)
                .cache(
                        "views",
                        CacheSettings.builder()
                                .earlyRefreshBeta(0)
                                .writeBehind(settings)
                                .build())
                .cache(
                        "near",
                        CacheSettings.builder()
                                .type(String.class)
                                .near(NearSettings.DEFAULT)
                                .build())
                .writer(database)
                .build();
    }

    private static WriteBehind writes(RedisStateCacheManager caches) {
        return caches.getCache("views").writeBehind().orElseThrow();
    }

    private static RedisConnectionFactory connections(String client) {
        return switch (client) {
            case "jedis" -> RedisServer.shared().jedis();
            case "lettuce" -> RedisServer.shared().lettuce();
            case "jedis-cluster" -> RedisCluster.shared().jedis();
            default -> RedisCluster.shared().lettuce();
        };
    }

    @ParameterizedTest
    @ValueSource(strings = {"jedis", "lettuce", "jedis-cluster", "lettuce-cluster"})
    void whatIsPutIsReadAtOnceAndWrittenLater(String client) {
        Database database = new Database();
        CountDownLatch go = new CountDownLatch(1);
        database.go = go;
        try (RedisStateCacheManager caches =
                manager(connections(client), RedisServer.shared().uniquePrefix(), database, FAST)) {
            RedisStateCache cache = caches.getCache("views");
            cache.put(1L, "one");
            cache.putAll(Map.of(2L, "two", 3L, "three"));
            assertThat(cache.get(1L, String.class)).isEqualTo("one");
            assertThat(cache.getAll(List.of(1L, 2L, 3L, 4L))).isEqualTo(Map.of(1L, "one", 2L, "two", 3L, "three"));
            assertThat(database.rows).isEmpty();

            // The entry is gone, the write still pending: what was put is found, not what the database has.
            cache.evict(1L);
            assertThat(cache.get(1L, () -> "old")).isEqualTo("one");
            assertThat(cache.get(1L, String.class)).isEqualTo("one");
            cache.clear();
            assertThat(cache.get(2L, () -> "old")).isEqualTo("two");
            assertThat(cache.getAll(List.of(2L, 3L, 4L))).isEqualTo(Map.of(2L, "two", 3L, "three"));
            assertThat(Objects.requireNonNull(cache.putIfAbsent(3L, "x")).get()).isEqualTo("three");
            cache.delete(3L);
            assertThat(cache.get(3L, () -> "old")).isNull();
            assertThat(cache.evictMatching("*").join()).isEqualTo(2);
            assertThat(cache.get(3L, () -> "old")).isNull();

            go.countDown();
            await().atMost(LIMIT).until(() -> database.rows.equals(Map.of(1L, "one", 2L, "two")));
            await().atMost(LIMIT).until(() -> writes(caches).statistics().pending() == 0);
            assertThat(cache.get(3L, () -> "loaded")).isEqualTo("loaded");
            assertThat(writes(caches).statistics().writing()).isTrue();
            assertThat(writes(caches).statistics().lag()).isZero();
        }
    }

    @Test
    void ofManyPutsOfOneKeyOnlyTheLastIsWritten(RedisServer server) {
        Database database = new Database();
        WriteBehindSettings slow =
                FAST.toBuilder().delay(Duration.ofSeconds(1)).batchSize(50).build();
        try (RedisStateCacheManager caches = manager(server.jedis(), server.uniquePrefix(), database, slow)) {
            RedisStateCache cache = caches.getCache("views");
            for (int i = 0; i < 500; i++) {
                cache.put((long) (i % 10), "v" + i);
            }
            await().atMost(LIMIT).until(() -> "v499".equals(database.rows.get(9L)));
            assertThat(database.rows).hasSize(10).containsEntry(0L, "v490");
            assertThat(database.batches.stream().mapToInt(Map::size).sum()).isLessThan(250);
            assertThat(writes(caches).statistics().coalesced()).isGreaterThan(250);
        }
    }

    @Test
    void aKeyThatIsPutWhileItIsWrittenIsWrittenAgain(RedisServer server) throws Exception {
        Database database = new Database();
        CountDownLatch go = new CountDownLatch(1);
        database.go = go;
        try (RedisStateCacheManager caches = manager(server.jedis(), server.uniquePrefix(), database, FAST)) {
            RedisStateCache cache = caches.getCache("views");
            cache.put(1L, "one");
            assertThat(database.writing.await(20, TimeUnit.SECONDS)).isTrue();
            cache.put(1L, "two");
            go.countDown();
            await().atMost(LIMIT).until(() -> "two".equals(database.rows.get(1L)));
            await().atMost(LIMIT).until(() -> writes(caches).statistics().pending() == 0);
            assertThat(database.batches).containsExactly(Map.of(1L, "one"), Map.of(1L, "two"));
        }
    }

    @Test
    void whileTheDatabaseIsAwayAllIsKeptAndNothingDies(RedisServer server) {
        Database database = new Database();
        database.away = true;
        try (RedisStateCacheManager caches = manager(
                server.jedis(),
                server.uniquePrefix(),
                database,
                FAST.toBuilder().attempts(2).build())) {
            RedisStateCache cache = caches.getCache("views");
            cache.put(1L, "one");
            cache.put(2L, "two");
            await().atMost(LIMIT).until(() -> writes(caches).statistics().failures() > 5);
            cache.put(1L, "later");
            database.away = false;
            await().atMost(LIMIT).until(() -> database.rows.equals(Map.of(1L, "later", 2L, "two")));
            assertThat(writes(caches).deadWrites(10)).isEmpty();
        }
    }

    @Test
    void whatTheDatabaseRefusesBecomesADeadLetterAndTheRestGoesOn(RedisServer server) {
        Database database = new Database();
        database.refused.add(2L);
        try (RedisStateCacheManager caches = manager(
                server.jedis(),
                server.uniquePrefix(),
                database,
                FAST.toBuilder().attempts(3).build())) {
            RedisStateCache cache = caches.getCache("views");
            cache.putAll(Map.of(1L, "one", 2L, "two", 3L, "three"));
            await().atMost(LIMIT).until(() -> writes(caches).deadWrites(10).size() == 1);
            await().atMost(LIMIT).until(() -> database.rows.equals(Map.of(1L, "one", 3L, "three")));
            DeadWrite dead = writes(caches).deadWrites(10).get(0);
            assertThat(dead.key()).isEqualTo(2L);
            assertThat(dead.value()).isEqualTo("two");
            assertThat(dead.error()).contains("constraint violated");
            assertThat(dead.at())
                    .isBetween(
                            java.time.Instant.now().minusSeconds(60),
                            java.time.Instant.now().plusSeconds(60));
            await().atMost(LIMIT).until(() -> writes(caches).statistics().dead() == 1);

            database.refused.clear();
            assertThat(writes(caches).redriveAll()).isEqualTo(1);
            await().atMost(LIMIT).until(() -> "two".equals(database.rows.get(2L)));
            assertThat(writes(caches).redrive("2")).isFalse();
            assertThat(writes(caches).deadWrites(10)).isEmpty();
        }
    }

    @Test
    void aLaterWriteThatSucceedsMakesTheDeadLetterWorthless(RedisServer server) {
        Database database = new Database();
        database.refused.add(2L);
        try (RedisStateCacheManager caches = manager(
                server.jedis(),
                server.uniquePrefix(),
                database,
                FAST.toBuilder().attempts(1).build())) {
            RedisStateCache cache = caches.getCache("views");
            cache.put(2L, "bad");
            await().atMost(LIMIT).until(() -> writes(caches).deadWrites(10).size() == 1);
            database.refused.clear();
            cache.put(2L, "good");
            await().atMost(LIMIT).until(() -> "good".equals(database.rows.get(2L)));
            await().atMost(LIMIT).until(() -> writes(caches).deadWrites(10).isEmpty());
        }
    }

    @Test
    void whenTooManyWaitPutsFail(RedisServer server) {
        Database database = new Database();
        database.away = true;
        try (RedisStateCacheManager caches = manager(
                server.jedis(),
                server.uniquePrefix(),
                database,
                FAST.toBuilder().maxPending(2).grace(Duration.ZERO).build())) {
            RedisStateCache cache = caches.getCache("views");
            cache.put(1L, "one");
            cache.put(2L, "two");
            cache.put(2L, "two again");
            assertThatExceptionOfType(CacheWriteException.class)
                    .isThrownBy(() -> cache.put(3L, "three"))
                    .withMessageContaining("write-behind.max-pending");
            assertThat(cache.get(3L)).isNull();
        }
    }

    @Test
    void aShutdownWritesWhatIsPendingAndTheNextProcessTakesOverAtOnce(RedisServer server) {
        String prefix = server.uniquePrefix();
        Database database = new Database();
        WriteBehindSettings slow = FAST.toBuilder()
                .delay(Duration.ofHours(1))
                .lease(Duration.ofHours(1))
                .build();
        try (RedisStateCacheManager caches = manager(server.jedis(), prefix, database, slow)) {
            caches.getCache("views").put(1L, "one");
            caches.getCache("views").put(2L, "two");
        }
        assertThat(database.rows).isEqualTo(Map.of(1L, "one", 2L, "two"));

        Database away = new Database();
        away.away = true;
        try (RedisStateCacheManager caches = manager(
                server.jedis(),
                prefix,
                away,
                slow.toBuilder().grace(Duration.ofMillis(200)).build())) {
            caches.getCache("views").put(3L, "three");
        }
        assertThat(away.rows).isEmpty();
        try (RedisStateCacheManager caches = manager(server.jedis(), prefix, database, FAST)) {
            caches.start();
            await().atMost(LIMIT).until(() -> "three".equals(database.rows.get(3L)));
        }
    }

    @Test
    void withoutRedisAPutFailsAndNothingAcknowledgedIsLost(@TempDir Path directory) throws Exception {
        Database database = new Database();
        CountDownLatch go = new CountDownLatch(1);
        database.go = go;
        try (RedisServer server = RedisServer.start(
                        "--dir", directory.toString(), "--appendonly", "yes", "--appendfsync", "always");
                RedisStateCacheManager caches = manager(server.jedis(), "behind", database, FAST)) {
            RedisStateCache cache = caches.getCache("views");
            cache.put(1L, "one");
            server.kill();
            assertThatExceptionOfType(CacheWriteException.class)
                    .isThrownBy(() -> cache.put(1L, "not acknowledged"))
                    .withMessageContaining("could not be queued");
            // Reads fail open.
            assertThat(cache.get(1L, () -> "of the database")).isEqualTo("of the database");
            server.restart();
            go.countDown();
            await().atMost(LIMIT).until(() -> "one".equals(database.rows.get(1L)));
            await().atMost(LIMIT).ignoreExceptions().until(() -> {
                cache.put(2L, "two");
                return true;
            });
            await().atMost(LIMIT).until(() -> "two".equals(database.rows.get(2L)));
        }
    }

    @Test
    void aFullServerTakesNoPut() throws Exception {
        Database database = new Database();
        try (RedisServer server = RedisServer.start("--maxmemory-policy", "noeviction");
                RedisStateCacheManager caches = manager(server.jedis(), "behind", database, FAST)) {
            RedisStateCache cache = caches.getCache("views");
            cache.put(1L, "one");
            await().atMost(LIMIT).until(() -> "one".equals(database.rows.get(1L)));
            server.command("CONFIG", "SET", "maxmemory", "1");
            assertThatExceptionOfType(CacheWriteException.class).isThrownBy(() -> cache.put(2L, "two"));
            server.command("CONFIG", "SET", "maxmemory", "0");
            cache.put(2L, "two");
            await().atMost(LIMIT).until(() -> "two".equals(database.rows.get(2L)));
        }
    }

    @Test
    void aFullServerIsEmptiedByTheNextProcess() throws Exception {
        Database away = new Database();
        away.away = true;
        Database database = new Database();
        try (RedisServer server = RedisServer.start("--maxmemory-policy", "noeviction")) {
            try (RedisStateCacheManager caches = manager(
                    server.jedis(),
                    "behind",
                    away,
                    FAST.toBuilder().grace(Duration.ZERO).build())) {
                caches.getCache("views").put(1L, "one");
            }
            server.command("CONFIG", "SET", "maxmemory", "1");
            try (RedisStateCacheManager caches = manager(server.newJedis(), "behind", database, FAST)) {
                caches.start();
                await().atMost(LIMIT).until(() -> "one".equals(database.rows.get(1L)));
                await().atMost(LIMIT)
                        .until(() -> Objects.equals(server.command("HLEN", "behind:cache:{views}:writes:pending"), 0L));
            }
        }
    }

    @Test
    void aBatchOfLargeValuesIsSmall(RedisServer server) throws Exception {
        Database database = new Database();
        CountDownLatch go = new CountDownLatch(1);
        database.go = go;
        String large = "x".repeat(1 << 20);
        try (RedisStateCacheManager caches = manager(server.jedis(), server.uniquePrefix(), database, FAST)) {
            RedisStateCache cache = caches.getCache("views");
            cache.put(0L, "small");
            assertThat(database.writing.await(20, TimeUnit.SECONDS)).isTrue();
            for (long i = 1; i <= 20; i++) {
                cache.put(i, large);
            }
            go.countDown();
            await().atMost(LIMIT).until(() -> database.rows.size() == 21);
            assertThat(database.batches).allSatisfy(batch -> assertThat(batch).hasSizeLessThan(9));
        }
    }

    interface Shape {}

    record Circle(int radius) implements Shape {}

    /** Of values whose class does not follow from their type. */
    static final class Shapes implements CacheWriter<Long, Shape> {

        @Override
        public String cache() {
            return "views";
        }

        @Override
        public void writeAll(Map<Long, Shape> values) {
            throw new IllegalStateException("never reached");
        }

        @Override
        public void deleteAll(Collection<Long> keys) {
            throw new IllegalStateException("never reached");
        }
    }

    @Test
    void whatAnotherProcessCouldNotReadIsNotAcknowledged(RedisServer server) {
        try (RedisStateCacheManager caches = RedisStateCacheManager.builder(server.jedis())
                .keyPrefix(server.uniquePrefix())
                .cache("views", CacheSettings.builder().writeBehind(FAST).build())
                .writer(new Shapes())
                .build()) {
            RedisStateCache cache = caches.getCache("views");
            assertThatExceptionOfType(CacheWriteException.class)
                    .isThrownBy(() -> cache.put(1L, new Circle(1)))
                    .withMessageContaining("another process");
            assertThatExceptionOfType(CacheWriteException.class)
                    .isThrownBy(() -> cache.typed(Circle.class).put(1L, new Circle(1)));
            assertThat(cache.get(1L)).isNull();
        }
    }

    @Test
    void onlyOneProcessWritesAndAnotherTakesOver(RedisServer server) {
        String prefix = server.uniquePrefix();
        Database first = new Database();
        Database second = new Database();
        RedisStateCacheManager one = manager(server.jedis(), prefix, first, FAST);
        try (RedisStateCacheManager two = manager(server.lettuce(), prefix, second, FAST)) {
            one.getCache("views").put(1L, "one");
            await().atMost(LIMIT).until(() -> first.rows.size() == 1);
            two.start();
            two.getCache("views").put(2L, "two");
            await().atMost(LIMIT).until(() -> first.rows.size() == 2);
            assertThat(second.rows).isEmpty();
            assertThat(writes(two).statistics().writing()).isFalse();
            one.close();
            two.getCache("views").put(3L, "three");
            await().atMost(LIMIT).until(() -> "three".equals(second.rows.get(3L)));
        } finally {
            one.close();
        }
    }

    @Test
    void whatCantBeReadAnyMoreIsADeadLetterToo(RedisServer server) {
        String prefix = server.uniquePrefix();
        Database database = new Database();
        database.away = true;
        try (RedisStateCacheManager caches = manager(server.jedis(), prefix, database, FAST)) {
            caches.getCache("views").put(1L, "one");
            caches.getCache("views").put(2L, "two");
            server.command("HSET", prefix + ":cache:{views}:writes:pending", "2", "77\nnonsense");
            database.away = false;
            await().atMost(LIMIT).until(() -> "one".equals(database.rows.get(1L)));
            await().atMost(LIMIT).until(() -> writes(caches).deadWrites(10).size() == 1);
            DeadWrite dead = writes(caches).deadWrites(10).get(0);
            assertThat(dead.keyText()).isEqualTo("2");
            assertThat(dead.value()).isNull();
            assertThat(dead.error()).contains("not written by this cache");
        }
    }

    @Test
    void aPutTakesOneRoundTripAndABatchTwo() throws Exception {
        Database database = new Database();
        WriteBehindSettings batches = FAST.toBuilder()
                .delay(Duration.ofHours(1))
                .lease(Duration.ofHours(1))
                .batchSize(1_000)
                .build();
        try (RedisServer server = RedisServer.start();
                RedisStateCacheManager caches = manager(server.jedis(), "behind", database, batches)) {
            RedisStateCache cache = caches.getCache("views");
            cache.put(0L, "warm");
            await().atMost(LIMIT).until(caches::isTracking);
            cache.put(0L, "warm");
            await().atMost(LIMIT).until(() -> writes(caches).statistics().pending() == 1);
            CommandCount puts = server.count(() -> {
                for (long i = 1; i < 100; i++) {
                    cache.put(i, "value");
                }
            });
            // A look by the one who writes each second.
            assertThat(puts.of("evalsha")).isBetween(99L, 115L);
            List<Long> keys = new ArrayList<>();
            Map<Long, String> values = new HashMap<>();
            for (long i = 100; i < 1_000; i++) {
                keys.add(i);
                values.put(i, "value");
            }
            CommandCount batch = server.count(() -> {
                cache.putAll(values);
                await().atMost(LIMIT).until(() -> database.rows.size() == 1_000);
                await().atMost(LIMIT).until(() -> server.keys("behind:cache:{views}:writes:pending")
                        .isEmpty());
            });
            assertThat(batch.of("evalsha")).isBetween(902L, 940L);
            assertThat(cache.getAll(keys)).hasSize(900);
            assertThat(server.keys("behind:cache:{views}:writes")).isNotEmpty();
            @Nullable Object pending = server.command("HLEN", "behind:cache:{views}:writes:pending");
            assertThat(pending).isEqualTo(0L);
        }
    }
}
