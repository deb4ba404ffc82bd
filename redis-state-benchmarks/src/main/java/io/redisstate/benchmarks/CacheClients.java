package io.redisstate.benchmarks;

import com.alicp.jetcache.CacheBuilder;
import com.alicp.jetcache.SimpleCacheManager;
import com.alicp.jetcache.anno.CacheType;
import com.alicp.jetcache.embedded.CaffeineCacheBuilder;
import com.alicp.jetcache.redis.RedisCacheBuilder;
import com.alicp.jetcache.support.JavaValueDecoder;
import com.alicp.jetcache.support.JavaValueEncoder;
import com.alicp.jetcache.template.CacheBuilderTemplate;
import com.alicp.jetcache.template.NotifyMonitorInstaller;
import com.alicp.jetcache.template.QuickConfig;
import io.redisstate.cache.RedisStateCache;
import io.redisstate.cache.RedisStateCacheManager;
import io.redisstate.cache.setting.CacheSettings;
import io.redisstate.cache.setting.NearSettings;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.redisson.api.RLocalCachedMap;
import org.redisson.api.RedissonClient;
import org.redisson.api.options.LocalCachedMapOptions;
import org.redisson.client.codec.Codec;
import org.redisson.codec.TypedJsonJackson3Codec;
import org.redisson.spring.cache.CacheConfig;
import org.redisson.spring.cache.RedissonSpringCacheManager;
import org.springframework.cache.Cache;
import org.springframework.data.redis.cache.RedisCacheConfiguration;
import org.springframework.data.redis.cache.RedisCacheManager;
import org.springframework.data.redis.cache.RedisCacheWriter;
import org.springframework.data.redis.connection.jedis.JedisConnectionFactory;
import org.springframework.data.redis.serializer.JacksonJsonRedisSerializer;
import org.springframework.data.redis.serializer.RedisSerializationContext.SerializationPair;
import redis.clients.jedis.RedisClient;

/** Caches of products, ours and the peers', each as its documentation sets it up; closed together. */
final class CacheClients implements AutoCloseable {

    static final String PREFIX = "bench";

    /** All entries live that long. */
    static final Duration LIFE = Duration.ofHours(1);

    static final int NEAR_SIZE = 10_000;

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Target target;
    private final Deque<AutoCloseable> resources = new ArrayDeque<>();

    CacheClients(Target target) {
        this.target = target;
    }

    @Override
    public void close() throws Exception {
        while (!resources.isEmpty()) {
            resources.pop().close();
        }
    }

    private <T extends AutoCloseable> T owned(T resource) {
        resources.push(resource);
        return resource;
    }

    RedisClient jedis() {
        return owned(target.jedis());
    }

    JedisConnectionFactory connections() {
        JedisConnectionFactory connections = target.connections();
        resources.push(connections::destroy);
        return connections;
    }

    /** Ours, ready to use. */
    RedisStateCache redisState(String name, boolean near) {
        RedisStateCacheManager manager = redisStateManager(near);
        RedisStateCache cache = manager.getCache(name);
        cache.get("warm");
        await(manager::isTracking);
        return cache;
    }

    RedisStateCacheManager redisStateManager(boolean near) {
        return owned(RedisStateCacheManager.builder(connections())
                .keyPrefix(PREFIX)
                .defaults(CacheSettings.builder()
                        .fresh(LIFE)
                        .type(Product.class)
                        .near(near ? new NearSettings(NEAR_SIZE, LIFE) : null)
                        .build())
                .build());
    }

    /** In the process's memory, so that no change that is still being told removes it later. */
    static void makeNear(RedisStateCache cache, Object key) {
        await(() -> {
            long before = cache.statistics().nearHits();
            cache.get(key);
            return cache.statistics().nearHits() > before;
        });
    }

    static void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                throw new IllegalStateException("Not within " + PATIENCE);
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
        }
    }

    /** Spring Data Redis with typed JSON. */
    Cache springDataRedis(String name, RedisCacheWriter writer) {
        RedisCacheManager manager = RedisCacheManager.builder(writer)
                .cacheDefaults(RedisCacheConfiguration.defaultCacheConfig()
                        .entryTtl(LIFE)
                        .serializeValuesWith(
                                SerializationPair.fromSerializer(new JacksonJsonRedisSerializer<>(Product.class))))
                .build();
        manager.afterPropertiesSet();
        return Objects.requireNonNull(manager.getCache(name));
    }

    Cache springDataRedis(String name) {
        return springDataRedis(name, RedisCacheWriter.nonLockingRedisCacheWriter(connections()));
    }

    RedissonClient redisson() {
        RedissonClient client = target.redisson();
        resources.push(client::shutdown);
        return client;
    }

    static Codec redissonCodec() {
        return new TypedJsonJackson3Codec(String.class, Product.class);
    }

    /**
     * Redisson's cache for Spring's abstraction, with typed JSON.
     *
     * @param life of its entries; without one it needs fewer commands
     */
    Cache redissonSpring(String name, Duration life) {
        RedissonSpringCacheManager manager = new RedissonSpringCacheManager(
                redisson(), Map.of(name, new CacheConfig(life.toMillis(), 0)), redissonCodec());
        return Objects.requireNonNull(manager.getCache(name));
    }

    RLocalCachedMap<String, Product> redissonNear(String name) {
        return redisson()
                .getLocalCachedMap(LocalCachedMapOptions.<String, Product>name(name)
                        .codec(redissonCodec())
                        .cacheProvider(LocalCachedMapOptions.CacheProvider.CAFFEINE)
                        .evictionPolicy(LocalCachedMapOptions.EvictionPolicy.LRU)
                        .cacheSize(NEAR_SIZE)
                        .syncStrategy(LocalCachedMapOptions.SyncStrategy.INVALIDATE));
    }

    /** JetCache; local changes are told to other processes by its broadcast. */
    com.alicp.jetcache.Cache<String, Product> jetCache(String name, CacheType type) {
        RedisCacheBuilder<?> remote = RedisCacheBuilder.createRedisCacheBuilder()
                .jedis(jedis())
                .keyPrefix("jetcache:")
                .keyConvertor(key -> key)
                .valueEncoder(JavaValueEncoder.INSTANCE)
                .valueDecoder(JavaValueDecoder.INSTANCE)
                .broadcastChannel("jetcache")
                .expireAfterWrite(LIFE.toMillis(), TimeUnit.MILLISECONDS);
        CaffeineCacheBuilder<?> local = CaffeineCacheBuilder.createCaffeineCacheBuilder()
                .keyConvertor(key -> key)
                .limit(NEAR_SIZE)
                .expireAfterWrite(LIFE.toMillis(), TimeUnit.MILLISECONDS);
        SimpleCacheManager manager = owned(new SimpleCacheManager());
        CacheBuilderTemplate template = template(local, remote);
        template.getCacheMonitorInstallers().add(new NotifyMonitorInstaller(area -> template.getCacheBuilder(1, area)));
        manager.setCacheBuilderTemplate(template);
        return manager.getOrCreateCache(QuickConfig.newBuilder(name)
                .cacheType(type)
                .syncLocal(type == CacheType.BOTH)
                .penetrationProtect(true)
                .build());
    }

    @SuppressWarnings("unchecked")
    private static CacheBuilderTemplate template(CacheBuilder local, CacheBuilder remote) {
        return new CacheBuilderTemplate(false, Map.of("default", local), Map.of("default", remote));
    }
}
