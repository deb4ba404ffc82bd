package io.redisstate.benchmarks;

import com.alicp.jetcache.anno.CacheType;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.redisstate.cache.RedisStateCache;
import io.redisstate.cache.RedisStateCacheManager;
import io.redisstate.cache.aop.CacheInterception;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.redisson.api.RLocalCachedMap;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.cache.CacheManager;
import org.springframework.cache.annotation.Cacheable;
import org.springframework.cache.annotation.EnableCaching;
import org.springframework.cache.caffeine.CaffeineCacheManager;
import org.springframework.cache.interceptor.CacheAspectSupport;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** A unit of work reads 1,000 times one of 100 values that are in the process's memory. The floor is bare Caffeine. */
final class CacheNearHit implements Scenario {

    private static final String NAME = "near";
    private static final int READS = 1_000;
    private static final List<String> KEYS =
            IntStream.range(0, 100).mapToObj(i -> "k" + i).toList();

    @Override
    public String name() {
        return "cache-near-hit";
    }

    @Override
    public List<Integer> threads() {
        return List.of(1, 8);
    }

    @Override
    public List<Subject> subjects(Target target, int threads) {
        return List.of(
                caffeine(),
                redisState(target),
                redisson(target),
                jetCache(target),
                caffeineAnnotated(),
                redisStateAnnotated(target));
    }

    /** Reads a value. */
    private interface Read {
        @Nullable
        Object of(String key);
    }

    private static Subject subject(String name, AutoCloseable clients, Read read) {
        return Subject.of(name, clients, thread -> {
            for (int i = 0; i < READS; i++) {
                if (read.of(KEYS.get(i % KEYS.size())) == null) {
                    throw new IllegalStateException("No value");
                }
            }
        });
    }

    private static void fill(Consumer<Product> cache) {
        KEYS.forEach(key -> cache.accept(Product.of(key, 0)));
    }

    private static Subject caffeine() {
        Cache<String, Product> cache = Caffeine.newBuilder()
                .maximumSize(CacheClients.NEAR_SIZE)
                .expireAfterWrite(CacheClients.LIFE)
                .build();
        fill(product -> cache.put(product.id(), product));
        return subject(Subject.FLOOR, () -> {}, cache::getIfPresent);
    }

    private static Subject redisState(Target target) {
        CacheClients clients = new CacheClients(target);
        RedisStateCache cache = clients.redisState(NAME, true);
        fill(product -> cache.put(product.id(), product));
        KEYS.forEach(key -> CacheClients.makeNear(cache, key));
        return subject(Subject.US, clients, cache::get);
    }

    /** The same behind Spring's annotation, to see what that alone takes. */
    private static Subject caffeineAnnotated() {
        CaffeineCacheManager manager = new CaffeineCacheManager(NAME);
        manager.setCaffeine(
                Caffeine.newBuilder().maximumSize(CacheClients.NEAR_SIZE).expireAfterWrite(CacheClients.LIFE));
        AnnotationConfigApplicationContext context = context(manager, Plain.class);
        org.springframework.cache.Cache cache = Objects.requireNonNull(manager.getCache(NAME));
        fill(product -> cache.put(product.id(), product));
        return subject("caffeine-cacheable", context, context.getBean(Products.class)::product);
    }

    private static Subject redisStateAnnotated(Target target) {
        CacheClients clients = new CacheClients(target);
        RedisStateCacheManager manager = clients.redisStateManager(true);
        AnnotationConfigApplicationContext context = context(manager, Annotated.class);
        RedisStateCache cache = manager.getCache(NAME);
        fill(product -> cache.put(product.id(), product));
        KEYS.forEach(key -> CacheClients.makeNear(cache, key));
        return subject(
                Subject.US + "-cacheable", Target.all(context, clients), context.getBean(Products.class)::product);
    }

    private static AnnotationConfigApplicationContext context(CacheManager manager, Class<?> configuration) {
        AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
        context.registerBean(CacheManager.class, () -> manager);
        context.register(configuration);
        context.refresh();
        return context;
    }

    /** What {@code @EnableCaching} sets up. */
    @Configuration
    @EnableCaching
    static class Plain {

        @Bean
        Products products() {
            return new Products();
        }
    }

    /** What our auto-configuration adds. */
    @Configuration
    @EnableCaching
    static class Annotated extends Plain {

        @Bean
        static CacheInterception interception(
                ObjectProvider<CacheAspectSupport> interceptors, ObjectProvider<CacheManager> caches) {
            return new CacheInterception(interceptors, caches::getObject, true, null);
        }
    }

    /** A service. */
    static class Products {

        @Cacheable(NAME)
        public Product product(String id) {
            throw new IllegalStateException("Nobody should load " + id);
        }
    }

    private static Subject redisson(Target target) {
        CacheClients clients = new CacheClients(target);
        RLocalCachedMap<String, Product> map = clients.redissonNear("redisson:near");
        fill(product -> map.fastPut(product.id(), product));
        return subject("redisson", clients, map::get);
    }

    private static Subject jetCache(Target target) {
        CacheClients clients = new CacheClients(target);
        com.alicp.jetcache.Cache<String, Product> cache = clients.jetCache("near:", CacheType.BOTH);
        fill(product -> cache.put(product.id(), product));
        return subject("jetcache", clients, cache::get);
    }
}
