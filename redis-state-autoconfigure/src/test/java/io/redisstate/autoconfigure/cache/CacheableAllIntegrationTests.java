package io.redisstate.autoconfigure.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import io.redisstate.autoconfigure.RedisStateAutoConfiguration;
import io.redisstate.cache.CacheTags;
import io.redisstate.cache.CacheableAll;
import io.redisstate.cache.RedisStateCacheManager;
import io.redisstate.core.method.InvalidAnnotationException;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.cache.annotation.Cacheable;
import org.springframework.cache.annotation.EnableCaching;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;

/** Methods that give many values at once, and tags of results. */
@RedisTest
class CacheableAllIntegrationTests {

    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(RedisStateAutoConfiguration.class, CacheAutoConfiguration.class))
            .withPropertyValues(
                    "products=goods",
                    "redis-state.key-prefix=" + RedisServer.shared().uniquePrefix())
            .withUserConfiguration(Application.class);

    record Product(String name, String maker) {}

    /** What is cached. */
    static class Shop {

        final List<List<String>> calls = new CopyOnWriteArrayList<>();

        final List<String> threads = new CopyOnWriteArrayList<>();
        final CompletableFuture<Boolean> gate = new CompletableFuture<>();

        public List<List<String>> calls() {
            return calls;
        }

        public List<String> threads() {
            return threads;
        }

        public void open() {
            gate.complete(true);
        }

        @CacheableAll("${products}")
        public Map<String, Product> products(Collection<String> names) {
            calls.add(new ArrayList<>(names));
            Map<String, Product> found = new HashMap<>();
            names.stream().filter(name -> !name.startsWith("no")).forEach(name -> found.put(name, product(name)));
            return found;
        }

        @Cacheable("goods")
        public Product one(String name) {
            calls.add(List.of(name));
            return product(name);
        }

        @CacheableAll(value = "translated", keys = "names", key = "#locale + ':' + #key")
        public Map<String, Product> translated(List<String> others, Set<String> names, String locale) {
            calls.add(new ArrayList<>(names));
            Map<String, Product> found = new HashMap<>();
            names.forEach(name -> found.put(name, new Product(name + " in " + locale, "")));
            return found;
        }

        @CacheableAll("numbered")
        public Map<Long, Product> numbered(List<Long> ids) throws IOException {
            if (ids.contains(13L)) {
                throw new IOException("no thirteen");
            }
            Map<Long, Product> found = new HashMap<>();
            ids.forEach(id -> found.put(id, product("p" + id)));
            return found;
        }

        @CacheableAll("goods")
        public CompletableFuture<Map<String, Product>> later(Collection<String> names) {
            threads.add(Thread.currentThread().getName());
            return gate.thenApply(open -> products(names));
        }

        @CacheableAll("goods")
        public Mono<Map<String, Product>> mono(Set<String> names) {
            threads.add(Thread.currentThread().getName());
            return Mono.deferContextual(context -> Mono.fromFuture(gate)
                    .map(open -> products(names.stream()
                            .map(name -> name + context.getOrDefault("suffix", ""))
                            .toList()))
                    .map(found -> names.stream()
                            .collect(Collectors.toMap(
                                    Function.identity(),
                                    name -> Objects.requireNonNull(
                                            found.get(name + context.getOrDefault("suffix", "")))))));
        }

        @CacheableAll("numbered")
        public CompletableFuture<Map<Long, Product>> failing(List<Long> ids, boolean atOnce) {
            IllegalStateException failure = new IllegalStateException("no database");
            if (atOnce) {
                throw failure;
            }
            return CompletableFuture.failedFuture(failure);
        }

        @CacheableAll("numbered")
        public Mono<Map<Long, Product>> failingMono(List<Long> ids, boolean atOnce) {
            IllegalStateException failure = new IllegalStateException("no database");
            if (atOnce) {
                throw failure;
            }
            return Mono.error(failure);
        }

        @CacheableAll("numbered")
        public Mono<Map<Long, Product>> none(List<Long> ids) {
            calls.add(List.of());
            return Mono.empty();
        }

        @CacheableAll("tagged")
        @CacheTags({"'all'", "'name:' + #key", "#result == null ? null : 'maker:' + #result.maker"})
        public Map<String, Product> tagged(Collection<String> names) {
            return products(names);
        }

        @Cacheable("by-result")
        @CacheTags("'maker:' + #result.maker")
        public Product byResult(String name) {
            calls.add(List.of(name));
            return product(name);
        }

        static Product product(String name) {
            return new Product(name, "maker of " + name.charAt(0));
        }
    }

    private void run(Consumer<Shop> test) {
        runner.run(context -> test.accept(context.getBean(Shop.class)));
    }

    @Test
    void theMethodRunsWithTheMissingKeysOnly() {
        run(shop -> {
            assertThat(shop.products(List.of("b", "a"))).containsOnlyKeys("a", "b");
            assertThat(shop.products(List.of("c", "b", "a", "c")).keySet()).containsExactly("c", "b", "a");
            assertThat(shop.products(List.of("a", "b", "c"))).containsEntry("a", Shop.product("a"));
            assertThat(shop.products(List.of())).isEmpty();
            assertThat(shop.calls()).containsExactly(List.of("b", "a"), List.of("c"));
        });
    }

    @Test
    void whatTheMethodDoesNotKnowIsCachedToo() {
        run(shop -> {
            for (int i = 0; i < 3; i++) {
                assertThat(shop.products(List.of("x", "none", "nothing"))).containsOnlyKeys("x");
            }
            assertThat(shop.calls()).containsExactly(List.of("x", "none", "nothing"));
        });
    }

    @Test
    void valuesAreSharedWithMethodsOfOneKey() {
        run(shop -> {
            shop.one("one");
            shop.products(List.of("one", "two"));
            shop.one("two");
            assertThat(shop.calls()).containsExactly(List.of("one"), List.of("two"));
        });
    }

    @Test
    void aKeyMayBeMadeOfOtherArgumentsToo() {
        run(shop -> {
            for (int i = 0; i < 2; i++) {
                assertThat(shop.translated(List.of(), Set.of("k"), "de"))
                        .isEqualTo(Map.of("k", new Product("k in de", "")));
                assertThat(shop.translated(List.of(), Set.of("k"), "en"))
                        .isEqualTo(Map.of("k", new Product("k in en", "")));
            }
            assertThat(shop.calls()).hasSize(2);
        });
    }

    @Test
    void whatTheMethodThrowsIsTheCallers() {
        run(shop -> {
            assertThatExceptionOfType(IOException.class)
                    .isThrownBy(() -> shop.numbered(List.of(1L, 13L)))
                    .withMessage("no thirteen");
            try {
                assertThat(shop.numbered(List.of(1L, 2L))).containsOnlyKeys(1L, 2L);
            } catch (IOException ex) {
                throw new IllegalStateException(ex);
            }
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> shop.products(Arrays.asList("a", null)))
                    .withMessageContaining("Shop.products was given a null among the keys");
        });
    }

    @Test
    void aMapMayComeLaterByAFuture() {
        run(shop -> {
            shop.one("a");
            CompletableFuture<Map<String, Product>> found = shop.later(List.of("b", "a", "none"));
            await().atMost(LIMIT).until(() -> !shop.threads().isEmpty());
            assertThat(shop.threads()).singleElement().asString().startsWith("redis-state-cache-");
            assertThat(found).isNotDone();
            shop.open();
            assertThat(found).succeedsWithin(LIMIT).isEqualTo(Map.of("a", Shop.product("a"), "b", Shop.product("b")));
            assertThat(shop.later(List.of("b", "a", "none")))
                    .succeedsWithin(LIMIT)
                    .extracting(Map::size)
                    .isEqualTo(2);
            assertThat(shop.calls()).containsExactly(List.of("a"), List.of("b", "none"));
        });
    }

    @Test
    void aMapMayComeLaterByAMono() {
        run(shop -> {
            shop.one("a");
            Mono<Map<String, Product>> cold = shop.mono(Set.of("b", "a"));
            assertThat(shop.threads()).isEmpty();
            var found = cold.contextWrite(Context.of("suffix", "!")).toFuture();
            await().atMost(LIMIT).until(() -> !shop.threads().isEmpty());
            assertThat(shop.threads()).singleElement().asString().startsWith("redis-state-cache-");
            assertThat(found).isNotDone();
            shop.open();
            // The method has been told what the subscriber knows.
            assertThat(found).succeedsWithin(LIMIT).isEqualTo(Map.of("a", Shop.product("a"), "b", Shop.product("b!")));
            assertThat(cold.block(LIMIT)).containsOnlyKeys("a", "b");
            assertThat(shop.calls()).containsExactly(List.of("a"), List.of("b!"));
        });
    }

    @Test
    void failuresOfWhatComesLaterAreTheCallers() {
        run(shop -> {
            for (boolean atOnce : new boolean[] {true, false}) {
                assertThat(shop.failing(List.of(1L), atOnce))
                        .failsWithin(LIMIT)
                        .withThrowableThat()
                        .havingCause()
                        .isExactlyInstanceOf(IllegalStateException.class)
                        .withMessage("no database");
                assertThatIllegalStateException()
                        .isThrownBy(() -> shop.failingMono(List.of(1L), atOnce).block(LIMIT))
                        .withMessage("no database");
            }
            for (int i = 0; i < 2; i++) {
                assertThat(shop.none(List.of(1L)).block(LIMIT)).isEmpty();
            }
            // That it has none is cached too.
            assertThat(shop.calls()).hasSize(1);
        });
    }

    @Test
    void tagsMayBeOfTheKeyAndOfTheValue() {
        runner.run(context -> {
            Shop shop = context.getBean(Shop.class);
            RedisStateCacheManager caches = context.getBean(RedisStateCacheManager.class);
            shop.tagged(List.of("ab", "ac", "b", "no"));
            shop.tagged(List.of("ab", "ac", "b", "no"));
            assertThat(shop.calls()).hasSize(1);
            caches.invalidateTag("name:b");
            shop.tagged(List.of("ab", "ac", "b", "no"));
            assertThat(shop.calls()).hasSize(2).last().isEqualTo(List.of("b"));
            caches.invalidateTag("maker:maker of a");
            shop.tagged(List.of("ab", "ac", "b", "no"));
            assertThat(shop.calls()).hasSize(3).last().isEqualTo(List.of("ab", "ac"));
            caches.invalidateTag("all");
            shop.tagged(List.of("ab", "ac", "b", "no"));
            assertThat(shop.calls()).hasSize(4).last().isEqualTo(List.of("ab", "ac", "b", "no"));
        });
    }

    @Test
    void aMethodOfOneValueMayBeTaggedByItsResult() {
        runner.run(context -> {
            Shop shop = context.getBean(Shop.class);
            RedisStateCacheManager caches = context.getBean(RedisStateCacheManager.class);
            shop.byResult("a");
            shop.byResult("b");
            caches.invalidateTag("maker:maker of a");
            shop.byResult("a");
            shop.byResult("b");
            assertThat(shop.calls()).containsExactly(List.of("a"), List.of("b"), List.of("a"));
        });
    }

    @ParameterizedTest
    @ValueSource(
            classes = {
                NoMap.class,
                NoMapLater.class,
                ManyMaps.class,
                AnyFuture.class,
                NoKeys.class,
                TwoKeys.class,
                WrongKeys.class,
                NoCache.class,
                Both.class,
                Untyped.class,
                BadKey.class,
                BadTag.class
            })
    void whatCantWorkFailsTheStart(Class<?> wrong) throws Exception {
        String message = (String) wrong.getMethod("message").invoke(null);
        new ApplicationContextRunner()
                .withConfiguration(
                        AutoConfigurations.of(RedisStateAutoConfiguration.class, CacheAutoConfiguration.class))
                .withUserConfiguration(Application.class, wrong)
                .run(context -> assertThat(context)
                        .getFailure()
                        .hasStackTraceContaining(
                                InvalidAnnotationException.class.getName() + ": " + wrong.getSimpleName() + ".find")
                        .hasStackTraceContaining(message));
    }

    static class NoMap {

        public static String message() {
            return "@CacheableAll needs a method that returns Map<K, V>, or one by a CompletableFuture or Mono, not"
                    + " java.util.List<java.lang.String>";
        }

        @CacheableAll("a")
        public List<String> find(Collection<String> keys) {
            return List.copyOf(keys);
        }
    }

    static class NoMapLater {

        public static String message() {
            return "or one by a CompletableFuture or Mono, not reactor.core.publisher.Mono<java.util.List<";
        }

        @CacheableAll("a")
        public Mono<List<String>> find(Collection<String> keys) {
            return Mono.just(List.copyOf(keys));
        }
    }

    static class ManyMaps {

        public static String message() {
            return "or one by a CompletableFuture or Mono, not reactor.core.publisher.Flux<java.util.Map<";
        }

        @CacheableAll("a")
        public Flux<Map<String, String>> find(Collection<String> keys) {
            return Flux.just(Map.of());
        }
    }

    static class AnyFuture {

        public static String message() {
            return "or one by a CompletableFuture or Mono, not java.util.concurrent.Future<java.util.Map<";
        }

        @CacheableAll("a")
        public Future<Map<String, String>> find(Collection<String> keys) {
            return CompletableFuture.completedFuture(Map.of());
        }
    }

    static class NoKeys {

        public static String message() {
            return "needs a parameter that is a Collection, List, Set or Iterable of keys";
        }

        @CacheableAll("a")
        public Map<String, String> find(String key) {
            return Map.of(key, key);
        }
    }

    static class TwoKeys {

        public static String message() {
            return "must say which of 2 collections has the keys";
        }

        @CacheableAll("a")
        public Map<String, String> find(List<String> keys, Set<String> others) {
            return Map.of();
        }
    }

    static class WrongKeys {

        public static String message() {
            return "says keys = \"names\", but there is no collection of that name";
        }

        @CacheableAll(value = "a", keys = "names")
        public Map<String, String> find(List<String> keys) {
            return Map.of();
        }
    }

    static class NoCache {

        public static String message() {
            return "@CacheableAll names no cache";
        }

        @CacheableAll(" ")
        public Map<String, String> find(List<String> keys) {
            return Map.of();
        }
    }

    static class Both {

        public static String message() {
            return "can't be combined with @Cacheable";
        }

        @Cacheable("a")
        @CacheableAll("a")
        public Map<String, String> find(List<String> keys) {
            return Map.of();
        }
    }

    static class Untyped {

        public static String message() {
            return "needs to know what the values are";
        }

        @CacheableAll("a")
        public Map<String, ?> find(List<String> keys) {
            return Map.of();
        }
    }

    static class BadKey {

        public static String message() {
            return "@CacheableAll key \"#key +\" is not a valid expression";
        }

        @CacheableAll(value = "a", key = "#key +")
        public Map<String, String> find(List<String> keys) {
            return Map.of();
        }
    }

    static class BadTag {

        public static String message() {
            return "@CacheTags \"#result.\" is not a valid expression";
        }

        @CacheableAll("a")
        @CacheTags("#result.")
        public Map<String, String> find(List<String> keys) {
            return Map.of();
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
        Shop shop() {
            return new Shop();
        }
    }
}
