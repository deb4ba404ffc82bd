package io.redisstate.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import io.redisstate.cache.setting.CacheSettings;
import io.redisstate.cache.setting.NearSettings;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.cache.Cache.ValueRetrievalException;

/** Listeners are told where each value comes from. */
@RedisTest
class CacheListenerIntegrationTests {

    private static final Duration LIMIT = Duration.ofSeconds(40);

    private final RedisServer redis = RedisServer.shared();
    private final String prefix = redis.uniquePrefix();
    private final List<String> told = new CopyOnWriteArrayList<>();
    private final CacheIntegrationTests.MovableClock clock = new CacheIntegrationTests.MovableClock();
    private final RedisStateCacheManager caches = manager(prefix);
    private final RedisStateCache cache = caches.getCache("a");

    private RedisStateCacheManager manager(String keyPrefix) {
        CacheSettings settings = CacheSettings.builder()
                .type(String.class)
                .fresh(Duration.ofMinutes(1))
                .keep(Duration.ofMinutes(2))
                .staleIfError(Duration.ofMinutes(2))
                .jitter(0)
                .earlyRefreshBeta(0)
                .build();
        return RedisStateCacheManager.builder(redis.jedis())
                .keyPrefix(keyPrefix)
                .defaults(settings)
                .cache("near", settings.toBuilder().near(NearSettings.DEFAULT).build())
                .clock(clock)
                .listener((name, key, source) -> {
                    throw new IllegalStateException("A listener that fails changes nothing");
                })
                .listener((name, key, source) -> told.add(name + ' ' + key + ' ' + source))
                .build();
    }

    @AfterEach
    void close() {
        caches.close();
    }

    @Test
    void loadsHitsAndWhatIsNowhere() {
        cache.get("k");
        cache.get("k", () -> "v");
        cache.get("k", () -> "other");
        cache.get("k", String.class);
        cache.getAll(List.of("k", "x"));

        assertThat(told).containsExactly("a k NONE", "a k LOADED", "a k REDIS", "a k REDIS", "a k REDIS", "a x NONE");
    }

    @Test
    void aStaleValueIsCalledSo() {
        cache.get("k", () -> "v");
        clock.forward(Duration.ofSeconds(90));
        assertThat(cache.get("k", () -> "refreshed")).isEqualTo("v");
        await().atMost(LIMIT).until(() -> "refreshed".equals(cache.get("k", String.class)));

        assertThat(told).startsWith("a k LOADED", "a k STALE");

        told.clear();
        clock.forward(Duration.ofMinutes(3));
        String kept = cache.get("k", () -> {
            throw new IllegalStateException("away");
        });
        assertThat(kept).isEqualTo("refreshed");
        assertThat(told).containsExactly("a k STALE");
    }

    @Test
    void whoFailsGetsNoValueToBeToldOf() {
        assertThatExceptionOfType(ValueRetrievalException.class)
                .isThrownBy(() -> cache.get("k", () -> {
                    throw new IllegalStateException("away");
                }));

        assertThat(told).isEmpty();
    }

    @Test
    void whoAwaitsAnothersLoadIsToldSo() throws Exception {
        CountDownLatch loading = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        CompletableFuture<?> first = cache.retrieve(
                "k",
                () -> CompletableFuture.supplyAsync(() -> {
                    loading.countDown();
                    try {
                        assertThat(go.await(LIMIT.toSeconds(), TimeUnit.SECONDS))
                                .isTrue();
                    } catch (InterruptedException ex) {
                        throw new IllegalStateException(ex);
                    }
                    return "v";
                }));
        assertThat(loading.await(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
        CompletableFuture<?> second = cache.retrieve("k", () -> CompletableFuture.completedFuture("mine"));
        await().atMost(LIMIT).until(() -> cache.statistics().misses() == 2);
        go.countDown();

        assertThat(second.get(LIMIT.toSeconds(), TimeUnit.SECONDS)).isEqualTo("v");
        assertThat(first.get(LIMIT.toSeconds(), TimeUnit.SECONDS)).isEqualTo("v");
        assertThat(told).containsExactlyInAnyOrder("a k LOADED", "a k AWAITED");
    }

    @Test
    void aNearHitIsToldToo() {
        RedisStateCache near = caches.getCache("near");
        near.put("k", "v");
        await().atMost(LIMIT).until(() -> {
            near.get("k");
            return near.statistics().nearHits() > 0;
        });

        assertThat(told).contains("near k REDIS").last().isEqualTo("near k NEAR");
    }
}
