package io.redisstate.autoconfigure.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.redisstate.autoconfigure.RedisStateAutoConfiguration;
import io.redisstate.cache.RedisStateCache;
import io.redisstate.cache.RedisStateCacheManager;
import io.redisstate.cache.write.CacheWriter;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.cache.actuate.endpoint.CachesEndpoint;
import org.springframework.boot.cache.autoconfigure.CachesEndpointAutoConfiguration;
import org.springframework.boot.cache.autoconfigure.metrics.CacheMetricsAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.cache.annotation.EnableCaching;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.data.redis.connection.RedisConnectionFactory;

/** Boot's endpoint and meters of caches, as an application has them. */
@RedisTest
class CacheActuatorIntegrationTests {

    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    RedisStateAutoConfiguration.class,
                    CacheAutoConfiguration.class,
                    org.springframework.boot.cache.autoconfigure.CacheAutoConfiguration.class,
                    CachesEndpointAutoConfiguration.class,
                    CacheMetricsAutoConfiguration.class))
            .withPropertyValues(
                    "redis-state.key-prefix=" + RedisServer.shared().uniquePrefix(),
                    "spring.cache.cache-names=goods",
                    "redis-state.cache.caches.views.write-behind.enabled=true",
                    "redis-state.cache.caches.views.write-behind.delay=0s",
                    "management.endpoints.web.exposure.include=caches")
            .withUserConfiguration(Application.class);

    @Test
    void theEndpointListsAndClearsCaches() {
        runner.run(context -> {
            RedisStateCacheManager caches = context.getBean(RedisStateCacheManager.class);
            CachesEndpoint endpoint = context.getBean(CachesEndpoint.class);
            RedisStateCache onDemand = caches.getCache("on-demand");
            RedisStateCache goods = caches.getCache("goods");
            onDemand.put("key", "value");
            goods.put("key", "value");

            assertThat(Objects.requireNonNull(
                                    endpoint.caches().getCacheManagers().get("cacheManager"))
                            .getCaches())
                    .containsOnlyKeys("goods", "on-demand", "stock", "views")
                    .allSatisfy(
                            (name, cache) -> assertThat(cache.getTarget()).isEqualTo(RedisStateCache.class.getName()));
            assertThat(Objects.requireNonNull(endpoint.cache("goods", null)).getCacheManager())
                    .isEqualTo("cacheManager");

            assertThat(endpoint.clearCache("goods", null)).isTrue();
            assertThat(goods.get("key")).isNull();
            assertThat(onDemand.get("key", String.class)).isEqualTo("value");
            endpoint.clearCaches();
            assertThat(onDemand.get("key")).isNull();
        });
    }

    @Test
    void metersOfAllCachesOfTheStartAreBound() {
        runner.run(context -> {
            RedisStateCacheManager caches = context.getBean(RedisStateCacheManager.class);
            Meters meters = new Meters(context.getBean(MeterRegistry.class));
            Table views = context.getBean("views", Table.class);
            assertThat(meters.registry().find("redis.state.cache.loads").functionCounters())
                    .hasSize(3);

            RedisStateCache goods = caches.getCache("goods");
            assertThat(goods.<Object>get("key", () -> "value")).isEqualTo("value");
            assertThat(goods.get("key", String.class)).isEqualTo("value");
            assertThat(meters.count("redis.state.cache.loads", "goods")).isEqualTo(1);
            assertThat(meters.registry()
                            .get("cache.gets")
                            .tags("cache", "goods", "result", "hit")
                            .functionCounter()
                            .count())
                    .isEqualTo(1);

            caches.getCache("stock").put("key", 1);
            assertThat(meters.count("cache.puts", "stock")).isEqualTo(1);
            assertThat(meters.registry()
                            .find("redis.state.cache.writes.pending")
                            .gauges())
                    .hasSize(1);

            caches.getCache("views").put("key", 1);
            assertThat(views.writing.await(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
            caches.getCache("views").put("key", 2);
            await().atMost(LIMIT).until(() -> meters.gauge("redis.state.cache.writes.pending") == 1);
            await().atMost(LIMIT)
                    .until(() -> meters.registry()
                                    .get("redis.state.cache.writes.lag")
                                    .tag("cache", "views")
                                    .timeGauge()
                                    .value(TimeUnit.MILLISECONDS)
                            > 0);
            assertThat(meters.count("redis.state.cache.writes.coalesced", "views"))
                    .isEqualTo(1);
            assertThat(meters.count("redis.state.cache.writes.written", "views"))
                    .isZero();
            views.go.countDown();
            await().atMost(LIMIT).until(() -> meters.count("redis.state.cache.writes.written", "views") == 2);
            await().atMost(LIMIT).until(() -> meters.gauge("redis.state.cache.writes.pending") == 0);
            assertThat(meters.gauge("redis.state.cache.writes.dead")).isZero();
            assertThat(meters.count("redis.state.cache.writes.failures", "views"))
                    .isZero();
        });
    }

    private record Meters(MeterRegistry registry) {

        double count(String name, String cache) {
            return registry.get(name).tag("cache", cache).functionCounter().count();
        }

        double gauge(String name) {
            return registry.get(name).tag("cache", "views").gauge().value();
        }
    }

    /** Takes what is written, as soon as it may. */
    static final class Table implements CacheWriter<String, Integer> {

        private final String cache;
        private final CountDownLatch writing = new CountDownLatch(1);
        private final CountDownLatch go;

        Table(String cache, int steps) {
            this.cache = cache;
            this.go = new CountDownLatch(steps);
        }

        @Override
        public String cache() {
            return cache;
        }

        @Override
        public void writeAll(Map<String, Integer> values) throws InterruptedException {
            writing.countDown();
            if (!go.await(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
                throw new IllegalStateException("Not let go");
            }
        }

        @Override
        public void deleteAll(Collection<String> keys) {
            throw new UnsupportedOperationException();
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableCaching
    static class Application {

        @Bean
        RedisConnectionFactory connections() {
            return RedisServer.shared().newJedis();
        }

        @Bean
        MeterRegistry registry() {
            return new SimpleMeterRegistry();
        }

        @Bean
        Table stock() {
            return new Table("stock", 0);
        }

        @Bean
        Table views() {
            return new Table("views", 1);
        }
    }
}
