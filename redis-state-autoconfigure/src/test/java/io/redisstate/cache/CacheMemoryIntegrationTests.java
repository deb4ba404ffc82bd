package io.redisstate.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.redisstate.cache.entry.EntryFormat;
import io.redisstate.cache.setting.CacheSettings;
import io.redisstate.cache.setting.NearSettings;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

/** What an entry takes in memory beside its key and value, as {@code docs/caching.md} says. */
@RedisTest
class CacheMemoryIntegrationTests {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int ENTRIES = 40_000;
    private static final int CHUNK = 2_000;

    /** On a 64-bit JVM with compressed pointers: a string of up to 8 Latin letters. */
    private static final int SHORT_STRING = 48;

    private final RedisServer redis = RedisServer.shared();

    private RedisStateCache cache(RedisStateCacheManager caches) {
        return caches.getCache("m");
    }

    private RedisStateCacheManager manager(String prefix) {
        return RedisStateCacheManager.builder(redis.jedis())
                .keyPrefix(prefix)
                .defaults(CacheSettings.builder()
                        .type(String.class)
                        .near(new NearSettings(2 * ENTRIES, Duration.ofHours(1)))
                        .earlyRefreshBeta(0)
                        .build())
                .build();
    }

    @Test
    void aNearEntryTakesSomeHundredBytes(TestReporter reporter) {
        List<List<String>> chunks = chunks();
        try (RedisStateCacheManager caches = manager(redis.uniquePrefix())) {
            RedisStateCache cache = cache(caches);
            for (List<String> chunk : chunks) {
                Map<String, String> values = new LinkedHashMap<>();
                chunk.forEach(key -> values.put(key, "value"));
                cache.putAll(values);
            }
            await().atMost(LIMIT).until(() -> {
                cache.get("k100000");
                return caches.isTracking();
            });
            long before = used();
            await().atMost(LIMIT).until(() -> {
                long near = cache.statistics().nearHits();
                chunks.forEach(cache::getAll);
                return cache.statistics().nearHits() - near == ENTRIES;
            });
            long each = (used() - before) / ENTRIES - 2 * SHORT_STRING;

            reporter.publishEntry("bytes of a near entry beside key and value", Long.toString(each));
            assertThat(each).isBetween(100L, 320L);
        }
    }

    @Test
    void anEntryInRedisTakesItsHeaderMoreThanItsValue(TestReporter reporter) {
        String prefix = redis.uniquePrefix();
        try (RedisStateCacheManager caches = manager(prefix)) {
            String value = "v".repeat(200);
            cache(caches).put("key", value);
            String key = prefix + ":cache:m:{key}";
            String plain = prefix + ":plain:m:{key}";
            redis.command("SET", plain, '"' + value + '"', "PX", "100000");

            long more = usage(key) - usage(plain);

            reporter.publishEntry("bytes of an entry in Redis beside key and value", Long.toString(more));
            // The server's allocator rounds up.
            assertThat(more).isBetween((long) EntryFormat.HEADER - 32, (long) EntryFormat.HEADER + 32);
        }
    }

    private long usage(String key) {
        return (Long) Objects.requireNonNull(redis.command("MEMORY", "USAGE", key));
    }

    private static List<List<String>> chunks() {
        List<List<String>> chunks = new ArrayList<>();
        for (int i = 0; i < ENTRIES; i++) {
            if (i % CHUNK == 0) {
                chunks.add(new ArrayList<>());
            }
            chunks.get(i / CHUNK).add("k" + (100_000 + i));
        }
        return chunks;
    }

    private static long used() {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 4; i++) {
            System.gc();
            least = Math.min(
                    least,
                    ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
        }
        return least;
    }
}
