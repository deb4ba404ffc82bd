package io.redisstate.autoconfigure.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;

import io.redisstate.autoconfigure.RedisStateAutoConfiguration;
import io.redisstate.cache.RedisStateCacheManager;
import io.redisstate.cache.entry.Compression;
import io.redisstate.cache.setting.CacheSettings;
import io.redisstate.cache.setting.NearSettings;
import io.redisstate.cache.setting.WriteBehindSettings;
import io.redisstate.cache.write.CacheWriter;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.cache.CacheManager;
import org.springframework.cache.annotation.EnableCaching;
import org.springframework.cache.concurrent.ConcurrentMapCacheManager;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.data.redis.connection.RedisConnectionFactory;

class CacheAutoConfigurationTests {

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    RedisStateAutoConfiguration.class,
                    CacheAutoConfiguration.class,
                    org.springframework.boot.cache.autoconfigure.CacheAutoConfiguration.class))
            .withUserConfiguration(Connections.class);

    @Test
    void itIsTheCacheManagerInsteadOfBootsOwn() {
        runner.withUserConfiguration(Caching.class).run(context -> assertThat(context)
                .hasNotFailed()
                .getBean(CacheManager.class)
                .isInstanceOf(RedisStateCacheManager.class));
    }

    @Test
    void settingsOfACacheStandOverTheDefaults() {
        runner.withPropertyValues(
                        "redis-state.cache.defaults.fresh=10m",
                        "redis-state.cache.defaults.jitter=0.2",
                        "redis-state.cache.caches.users.fresh=1m",
                        "redis-state.cache.caches.users.keep=5m",
                        "redis-state.cache.caches.users.null-ttl=0",
                        "redis-state.cache.caches.users.stale-if-error=1h",
                        "redis-state.cache.caches.users.on-load-wait=fail",
                        "redis-state.cache.caches.users.type=java.math.BigDecimal",
                        "redis-state.cache.caches.users.serializer=jdk",
                        "redis-state.cache.caches.users.compression=deflate",
                        "redis-state.cache.caches.users.compress-above=1KB",
                        "redis-state.cache.caches.users.max-value-size=1MB",
                        "redis-state.cache.defaults.near.size=5",
                        "redis-state.cache.caches.users.near.enabled=true",
                        "redis-state.cache.caches.users.near.max-age=5s")
                .run(context -> {
                    RedisStateCacheManager caches = context.getBean(RedisStateCacheManager.class);
                    CacheSettings users = caches.getCache("users").settings();
                    assertThat(users.fresh()).isEqualTo(Duration.ofMinutes(1));
                    assertThat(users.keep()).isEqualTo(Duration.ofMinutes(5));
                    assertThat(users.nullTtl()).isEqualTo(Duration.ZERO);
                    assertThat(users.staleIfError()).isEqualTo(Duration.ofHours(1));
                    assertThat(users.onLoadWait()).isEqualTo(CacheSettings.OnLoadWait.FAIL);
                    assertThat(users.jitter()).isEqualTo(0.2);
                    assertThat(users.type()).isEqualTo(BigDecimal.class);
                    assertThat(users.serializer()).isNotNull();
                    assertThat(users.compression()).isSameAs(Compression.DEFLATE);
                    assertThat(users.compressAbove()).isEqualTo(1_024);
                    assertThat(users.maxValueSize()).isEqualTo(1 << 20);
                    assertThat(users.near()).isEqualTo(new NearSettings(5, Duration.ofSeconds(5)));
                    CacheSettings other = caches.getCache("other").settings();
                    assertThat(other.near()).isNull();
                    assertThat(other.fresh()).isEqualTo(Duration.ofMinutes(10));
                    assertThat(other.keep()).isEqualTo(Duration.ofMinutes(10));
                });
    }

    @Test
    void writersAreFoundAndWriteThroughOrBehind() {
        runner.withUserConfiguration(Writers.class)
                .withPropertyValues(
                        "redis-state.cache.dynamic=false",
                        "redis-state.cache.defaults.write-behind.batch-size=100",
                        "redis-state.cache.caches.views.write-behind.enabled=true",
                        "redis-state.cache.caches.views.write-behind.delay=5s",
                        "redis-state.cache.caches.views.write-behind.attempts=7",
                        "redis-state.cache.caches.views.write-behind.backoff=1s",
                        "redis-state.cache.caches.views.write-behind.max-backoff=10s",
                        "redis-state.cache.caches.views.write-behind.max-pending=1000",
                        "redis-state.cache.caches.views.write-behind.lease=3s",
                        "redis-state.cache.caches.views.write-behind.grace=0s")
                .run(context -> {
                    RedisStateCacheManager caches = context.getBean(RedisStateCacheManager.class);
                    assertThat(caches.getCacheNames()).containsExactly("stock", "views");
                    assertThat(caches.getCache("stock").writeBehind()).isEmpty();
                    assertThat(caches.getCache("stock").settings().type()).isEqualTo(BigDecimal.class);
                    assertThat(caches.getCache("views").writeBehind()).isPresent();
                    WriteBehindSettings settings = Objects.requireNonNull(
                            caches.getCache("views").settings().writeBehind());
                    assertThat(settings.delay()).isEqualTo(Duration.ofSeconds(5));
                    assertThat(settings.attempts()).isEqualTo(7);
                    assertThat(settings.backoff()).isEqualTo(Duration.ofSeconds(1));
                    assertThat(settings.maxBackoff()).isEqualTo(Duration.ofSeconds(10));
                    assertThat(settings.maxPending()).isEqualTo(1_000);
                    assertThat(settings.lease()).isEqualTo(Duration.ofSeconds(3));
                    assertThat(settings.grace()).isZero();
                    assertThat(settings.batchSize()).isEqualTo(100);
                });
    }

    @Test
    void writeBehindNeedsAWriter() {
        runner.withPropertyValues("redis-state.cache.caches.views.write-behind.enabled=true")
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .hasMessageContaining("redis-state.cache.caches.views.write-behind")
                        .hasMessageContaining("CacheWriter"));
    }

    private record Writer(String cache) implements CacheWriter<String, BigDecimal> {

        @Override
        public void writeAll(Map<String, BigDecimal> values) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void deleteAll(Collection<String> keys) {
            throw new UnsupportedOperationException();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Writers {

        @Bean
        CacheWriter<String, BigDecimal> stock() {
            return new Writer("stock");
        }

        @Bean
        CacheWriter<String, BigDecimal> views() {
            return new Writer("views");
        }
    }

    @Test
    void bootsOwnPropertiesApply() {
        runner.withPropertyValues(
                        "spring.cache.cache-names=a,b",
                        "spring.cache.redis.time-to-live=7m",
                        "spring.cache.redis.cache-null-values=false",
                        "redis-state.cache.dynamic=false")
                .run(context -> {
                    RedisStateCacheManager caches = context.getBean(RedisStateCacheManager.class);
                    assertThat(caches.getCacheNames()).containsExactly("a", "b");
                    assertThat(caches.getCache("a").settings().fresh()).isEqualTo(Duration.ofMinutes(7));
                    assertThat(caches.getCache("a").settings().nullTtl()).isEqualTo(Duration.ZERO);
                });
    }

    @Test
    void codeHasTheLastWord() {
        runner.withUserConfiguration(Customized.class)
                .run(context -> assertThat(context.getBean(RedisStateCacheManager.class)
                                .getCache("own")
                                .settings()
                                .fresh())
                        .isEqualTo(Duration.ofSeconds(3)));
    }

    @Test
    void itBacksOff() {
        runner.withUserConfiguration(OwnManager.class)
                .run(context -> assertThat(context).doesNotHaveBean(RedisStateCacheManager.class));
        for (String off : new String[] {"redis-state.cache.enabled=false", "spring.cache.type=simple"}) {
            runner.withPropertyValues(off)
                    .run(context -> assertThat(context).doesNotHaveBean(RedisStateCacheManager.class));
        }
        new ApplicationContextRunner()
                .withConfiguration(
                        AutoConfigurations.of(RedisStateAutoConfiguration.class, CacheAutoConfiguration.class))
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(RedisStateCacheManager.class));
    }

    @Test
    void bootsCachingIsNotNeeded() {
        new ApplicationContextRunner()
                .withConfiguration(
                        AutoConfigurations.of(RedisStateAutoConfiguration.class, CacheAutoConfiguration.class))
                .withUserConfiguration(Connections.class)
                .withClassLoader(new FilteredClassLoader("org.springframework.boot.cache", "io.micrometer.core"))
                .run(context -> assertThat(context).hasSingleBean(RedisStateCacheManager.class));
    }

    @Test
    void keysBecomeTextByABeanThatIsNamed() {
        runner.withBean("initials", Function.class, () ->
                        (Function<Object, String>) key -> key.toString().substring(0, 1))
                .withPropertyValues("redis-state.cache.caches.a.key-function=initials")
                .run(context -> {
                    RedisStateCacheManager caches = context.getBean(RedisStateCacheManager.class);
                    assertThat(caches.getCache("a").settings().keyFunction()).isNotNull();
                    assertThat(caches.getCache("a").settings().keyFunction().apply("alice"))
                            .isEqualTo("a");
                    assertThat(caches.getCache("b").settings().keyFunction()).isNull();
                });
    }

    @ParameterizedTest
    @CsvSource({
        "defaults.fresh=0s, defaults.fresh, PT0S",
        "caches.a.near.enabled=true;caches.a.near.size=0, caches.a.near.size, 0",
        "defaults.jitter=0.6, defaults.jitter, 0.6",
        "caches.a.keep=1s, caches.a.keep, PT1S",
        "caches.a.max-value-size=3GB, caches.a.max-value-size, 3221225472B",
        "caches.a.key-function=nobody, caches.a.key-function, nobody",
        "defaults.key-function=redisStateCacheLifecycle, defaults.key-function, redisStateCacheLifecycle",
        "caches.a.load-wait=-1s, caches.a.load-wait, PT-1S",
        "caches.a.early-refresh-beta=-1, caches.a.early-refresh-beta, -1.0",
        "caches.a.write-behind.enabled=true;caches.a.write-behind.batch-size=0, caches.a.write-behind.batch-size, 0",
        "defaults.write-behind.enabled=true;defaults.write-behind.lease=10ms, defaults.write-behind.lease, PT0.01S",
    })
    void badValueFailsTheStartNamingTheProperty(String given, String property, String value) {
        String[] values = ("redis-state.cache." + given.replace(";", ";redis-state.cache.")).split(";", -1);
        runner.withPropertyValues(values).run(context -> {
            InvalidConfigurationPropertyValueException invalid = invalid(context.getStartupFailure());
            assertThat(invalid.getName()).isEqualTo("redis-state.cache." + property);
            assertThat(String.valueOf(invalid.getValue())).isEqualTo(value);
            assertThat(invalid.getReason()).startsWith("It must");
        });
    }

    private static InvalidConfigurationPropertyValueException invalid(@Nullable Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof InvalidConfigurationPropertyValueException invalid) {
                return invalid;
            }
        }
        throw new AssertionError("No property is named by this failure of the start", failure);
    }

    @Configuration(proxyBeanMethods = false)
    static class Connections {

        @Bean
        RedisConnectionFactory connections() {
            return mock(RedisConnectionFactory.class);
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableCaching
    static class Caching {}

    @Configuration(proxyBeanMethods = false)
    static class OwnManager {

        @Bean
        CacheManager own() {
            return new ConcurrentMapCacheManager();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Customized {

        @Bean
        CacheManagerBuilderCustomizer shortLived() {
            return builder -> builder.cache(
                    "own", CacheSettings.builder().fresh(Duration.ofSeconds(3)).build());
        }
    }
}
