package io.redisstate.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import io.redisstate.cache.setting.CacheSettings;
import io.redisstate.test.CommandCount;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.springframework.cache.Cache.ValueRetrievalException;

/** A loader that keeps failing, and a cache of a million entries. */
@RedisTest
class CacheLimitsIntegrationTests {

    private static final Duration LIMIT = Duration.ofSeconds(60);

    @Test
    void aLoaderThatFailsIsNotStormed(RedisServer server) throws Exception {
        Duration hold = Duration.ofMillis(500);
        String prefix = server.uniquePrefix();
        CacheSettings settings =
                CacheSettings.builder().type(String.class).failureHold(hold).build();
        AtomicInteger loads = new AtomicInteger();
        AtomicInteger failures = new AtomicInteger();
        long begun = System.nanoTime();
        try (RedisStateCacheManager one = RedisStateCacheManager.builder(server.jedis())
                        .keyPrefix(prefix)
                        .defaults(settings)
                        .build();
                RedisStateCacheManager two = RedisStateCacheManager.builder(server.lettuce())
                        .keyPrefix(prefix)
                        .defaults(settings)
                        .build()) {
            CountDownLatch over = new CountDownLatch(1);
            List<CompletableFuture<Void>> callers = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                RedisStateCache cache = (i % 2 == 0 ? one : two).getCache("a");
                callers.add(CompletableFuture.runAsync(
                        () -> {
                            while (over.getCount() > 0) {
                                assertThatExceptionOfType(ValueRetrievalException.class)
                                        .isThrownBy(() -> cache.get("key", () -> {
                                            loads.incrementAndGet();
                                            throw new IllegalStateException("database away");
                                        }));
                                failures.incrementAndGet();
                            }
                        },
                        task -> new Thread(task).start()));
            }
            await().atMost(LIMIT).until(() -> System.nanoTime() - begun > TimeUnit.SECONDS.toNanos(2));
            over.countDown();
            for (CompletableFuture<Void> caller : callers) {
                caller.get(20, TimeUnit.SECONDS);
            }
        }
        long holds = (System.nanoTime() - begun) / hold.toNanos();
        assertThat(loads.get()).isBetween(1, (int) holds + 2);
        assertThat(failures.get()).isGreaterThan(10 * loads.get());
    }

    @Test
    void aMillionEntriesAreClearedInOneRoundTripAndTheirMemoryComesBack() throws Exception {
        Duration keep = Duration.ofSeconds(20);
        int entries = 1_000_000;
        try (RedisServer server = RedisServer.start("--save", "", "--latency-monitor-threshold", "100");
                RedisStateCacheManager caches = RedisStateCacheManager.builder(server.jedis())
                        .keyPrefix("million")
                        .defaults(CacheSettings.builder()
                                .type(String.class)
                                .fresh(keep)
                                .jitter(0)
                                .build())
                        .build()) {
            RedisStateCache cache = caches.getCache("a");
            cache.put("0", "value");
            await().atMost(LIMIT).until(caches::isTracking);
            long before = memory(server);
            // Copies of an entry, made by the server itself: what a million puts would leave behind, in small steps.
            String copies = "local entry = redis.call('GET', KEYS[1]);"
                    + "for i = ARGV[1], ARGV[2] do"
                    + " redis.call('SET', 'million:cache:a:{' .. i .. '}', entry, 'PX', ARGV[3]) end";
            for (int i = 0; i < entries; i += 2_000) {
                server.command(
                        "EVAL", copies, "1", "million:cache:a:{0}", "" + i, "" + (i + 1_999), "" + keep.toMillis());
            }
            assertThat(cache.get("999999", String.class)).isEqualTo("value");
            long full = memory(server);
            assertThat(full - before).isGreaterThan(50L * entries);
            server.command("CONFIG", "SET", "slowlog-log-slower-than", "100000");
            server.command("SLOWLOG", "RESET");
            server.command("LATENCY", "RESET");

            CommandCount count = server.count(cache::clear);
            assertThat(count.of("evalsha")).isOne();
            assertThat(count.total()).isLessThan(10);
            assertThat(cache.get("999999")).isNull();
            assertThat(cache.get("5", () -> "anew")).isEqualTo("anew");
            await().atMost(keep.plus(LIMIT))
                    .until(() -> ((Long) Objects.requireNonNull(server.command("DBSIZE"))) < 10);
            assertThat(memory(server) - before).isLessThan((full - before) / 10);
            assertThat(String.valueOf(server.command("SLOWLOG", "GET")))
                    .doesNotContainIgnoringCase("evalsha")
                    .doesNotContainIgnoringCase("unlink");
            assertThat(String.valueOf(server.command("LATENCY", "LATEST"))).doesNotContain("command");
        }
    }

    private static long memory(RedisServer server) {
        Matcher used = Pattern.compile("used_memory:(\\d+)").matcher(String.valueOf(server.command("INFO", "memory")));
        assertThat(used.find()).isTrue();
        return Long.parseLong(used.group(1));
    }
}
