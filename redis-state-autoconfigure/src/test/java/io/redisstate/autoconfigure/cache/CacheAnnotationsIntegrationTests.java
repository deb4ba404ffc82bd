package io.redisstate.autoconfigure.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.redisstate.autoconfigure.RedisStateAutoConfiguration;
import io.redisstate.cache.CacheTags;
import io.redisstate.cache.CacheWarmer;
import io.redisstate.cache.RedisStateCacheManager;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.cache.metrics.CacheMeterBinderProvider;
import org.springframework.boot.cache.metrics.CacheMetricsRegistrar;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.cache.annotation.CacheEvict;
import org.springframework.cache.annotation.CachePut;
import org.springframework.cache.annotation.Cacheable;
import org.springframework.cache.annotation.EnableCaching;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Spring's annotations on our caches. */
@RedisTest
class CacheAnnotationsIntegrationTests {

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(RedisStateAutoConfiguration.class, CacheAutoConfiguration.class))
            .withPropertyValues("redis-state.key-prefix=" + RedisServer.shared().uniquePrefix())
            .withUserConfiguration(Application.class);

    record Product(String name, List<String> colours) {}

    /** What is cached. */
    static class Shop {

        public AtomicInteger calls() {
            return calls;
        }

        public void open() {
            go.countDown();
        }

        private final AtomicInteger calls = new AtomicInteger();
        private final CountDownLatch go = new CountDownLatch(1);

        @Cacheable("products")
        public Product product(String name) {
            calls.incrementAndGet();
            return new Product(name, List.of("red"));
        }

        @Cacheable("slow")
        public String slow(String name) throws InterruptedException {
            calls.incrementAndGet();
            go.await();
            return name;
        }

        @Cacheable("lists")
        public List<Product> products(String first, String second) {
            calls.incrementAndGet();
            return List.of(new Product(first, List.of()), new Product(second, List.of()));
        }

        @Cacheable("optionals")
        public Optional<Product> perhaps(String name) {
            calls.incrementAndGet();
            return name.isEmpty() ? Optional.empty() : Optional.of(new Product(name, List.of()));
        }

        @Cacheable("futures")
        public CompletableFuture<Product> later(String name) {
            calls.incrementAndGet();
            return CompletableFuture.supplyAsync(() -> new Product(name, List.of()));
        }

        @Cacheable("monos")
        public Mono<Product> mono(String name) {
            return Mono.fromSupplier(() -> {
                calls.incrementAndGet();
                return new Product(name, List.of());
            });
        }

        @Cacheable("fluxes")
        public Flux<Product> flux(String name) {
            calls.incrementAndGet();
            return Flux.just(new Product(name, List.of()), new Product(name + 2, List.of()));
        }

        @Cacheable(cacheNames = "unless", unless = "#result.name == 'x'")
        public Product unless(String name) {
            calls.incrementAndGet();
            return new Product(name, List.of());
        }

        @Cacheable({"one", "two"})
        public Product twice(String name) {
            calls.incrementAndGet();
            return new Product(name, List.of());
        }

        @Cacheable("failing")
        public Product failing(String name) throws IOException {
            calls.incrementAndGet();
            throw new IOException("no " + name);
        }

        @Cacheable("tagged")
        @CacheTags({"'name:' + #name", "#colours"})
        public Product tagged(String name, List<String> colours) {
            calls.incrementAndGet();
            return new Product(name, colours);
        }

        @CachePut(cacheNames = "products", key = "#product.name")
        public Product save(Product product) {
            return product;
        }

        @CacheEvict("products")
        public void delete(String name) {
            calls.addAndGet(0);
        }

        @CacheEvict(cacheNames = "products", allEntries = true)
        public void deleteAll() {
            calls.addAndGet(0);
        }
    }

    @Test
    void valuesComeBackAsTheMethodsReturnType() {
        runner.run(context -> {
            Shop shop = context.getBean(Shop.class);
            for (int i = 0; i < 3; i++) {
                assertThat(shop.product("chair")).isEqualTo(new Product("chair", List.of("red")));
                assertThat(shop.products("a", "b")).extracting(Product::name).containsExactly("a", "b");
                assertThat(shop.perhaps("a")).contains(new Product("a", List.of()));
                assertThat(shop.perhaps("")).isEmpty();
                assertThat(shop.later("a").get(10, TimeUnit.SECONDS).name()).isEqualTo("a");
                assertThat(Objects.requireNonNull(shop.mono("a").block()).name())
                        .isEqualTo("a");
                assertThat(shop.flux("a").map(Product::name).collectList().block())
                        .containsExactly("a", "a2");
                assertThat(shop.unless("a").name()).isEqualTo("a");
                assertThat(shop.twice("a").name()).isEqualTo("a");
            }
            assertThat(shop.calls()).hasValue(9);
            shop.unless("x");
            shop.unless("x");
            assertThat(shop.calls()).hasValue(11);
        });
    }

    @Test
    void putsAndEvictionsAreSeen() {
        runner.run(context -> {
            Shop shop = context.getBean(Shop.class);
            shop.product("a");
            shop.save(new Product("a", List.of("blue")));
            assertThat(shop.product("a").colours()).containsExactly("blue");
            shop.delete("a");
            assertThat(shop.product("a").colours()).containsExactly("red");
            shop.save(new Product("a", List.of("blue")));
            shop.deleteAll();
            assertThat(shop.product("a").colours()).containsExactly("red");
            assertThat(shop.calls()).hasValue(3);
        });
    }

    @Test
    void tagsOfAMethodInvalidateWhatItCached() {
        runner.run(context -> {
            Shop shop = context.getBean(Shop.class);
            RedisStateCacheManager caches = context.getBean(RedisStateCacheManager.class);
            for (int i = 0; i < 2; i++) {
                shop.tagged("chair", List.of("red", "blue"));
                shop.tagged("table", List.of("blue"));
            }
            assertThat(shop.calls()).hasValue(2);
            caches.invalidateTag("red");
            shop.tagged("chair", List.of("red", "blue"));
            shop.tagged("table", List.of("blue"));
            assertThat(shop.calls()).hasValue(3);
            caches.invalidateTag("name:table");
            shop.tagged("chair", List.of("red", "blue"));
            shop.tagged("table", List.of("blue"));
            assertThat(shop.calls()).hasValue(4);
            caches.invalidateTag("blue");
            shop.tagged("chair", List.of("red", "blue"));
            shop.tagged("table", List.of("blue"));
            assertThat(shop.calls()).hasValue(6);
        });
    }

    @Test
    void cachesAreMeasuredAndWarmed() {
        runner.withUserConfiguration(Warm.class).run(context -> {
            RedisStateCacheManager caches = context.getBean(RedisStateCacheManager.class);
            context.publishEvent(new ApplicationReadyEvent(
                    new SpringApplication(), new String[0], context.getSourceApplicationContext(), Duration.ZERO));
            org.awaitility.Awaitility.await()
                    .until(() -> caches.getCache("warm").get("key", String.class) != null);
            caches.getCache("warm").get("missing");

            SimpleMeterRegistry registry = new SimpleMeterRegistry();
            List<CacheMeterBinderProvider<?>> providers = new ArrayList<>();
            context.getBeansOfType(CacheMeterBinderProvider.class).values().forEach(providers::add);
            CacheMetricsRegistrar registrar = new CacheMetricsRegistrar(registry, providers);
            assertThat(registrar.bindCacheToRegistry(caches.getCache("warm"))).isTrue();
            assertThat(registry.get("cache.gets")
                            .tag("result", "hit")
                            .functionCounter()
                            .count())
                    .isPositive();
            assertThat(registry.get("cache.gets")
                            .tag("result", "miss")
                            .functionCounter()
                            .count())
                    .isPositive();
            assertThat(registry.get("redis.state.cache.loads").functionCounter().count())
                    .isEqualTo(1);
        });
    }

    @Configuration(proxyBeanMethods = false)
    static class Warm {

        @Bean
        CacheWarmer warmer() {
            return caches -> caches.getCache("warm").typed(String.class).get("key", () -> "value");
        }

        @Bean
        CacheWarmer failing() {
            return caches -> {
                throw new IOException("no database");
            };
        }
    }

    @Test
    void aPlainCacheableMethodRunsOnceForAllItsCallers() {
        runner.run(context -> {
            Shop shop = context.getBean(Shop.class);
            List<CompletableFuture<String>> callers = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                callers.add(CompletableFuture.supplyAsync(
                        () -> {
                            try {
                                return shop.slow("a");
                            } catch (InterruptedException ex) {
                                throw new IllegalStateException(ex);
                            }
                        },
                        task -> new Thread(task).start()));
            }
            org.awaitility.Awaitility.await().until(() -> shop.calls().get() == 1);
            shop.open();
            for (CompletableFuture<String> caller : callers) {
                assertThat(caller.get(10, TimeUnit.SECONDS)).isEqualTo("a");
            }
            assertThat(shop.calls()).hasValue(1);
        });
    }

    @Test
    void theMethodsOwnExceptionReachesTheCaller() {
        runner.withPropertyValues("redis-state.cache.caches.failing.failure-hold=10m")
                .run(context -> {
                    Shop shop = context.getBean(Shop.class);
                    for (int i = 0; i < 3; i++) {
                        assertThatExceptionOfType(IOException.class)
                                .isThrownBy(() -> shop.failing("a"))
                                .withMessage("no a");
                    }
                    assertThat(shop.calls()).hasValue(1);
                });
    }

    @Configuration(proxyBeanMethods = false)
    @EnableCaching
    static class Application {

        @Bean
        RedisConnectionFactory connections() {
            return RedisServer.shared().newJedis();
        }

        @Bean
        Shop shop() {
            return new Shop();
        }
    }
}
