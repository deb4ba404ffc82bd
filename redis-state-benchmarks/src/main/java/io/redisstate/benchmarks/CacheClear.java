package io.redisstate.benchmarks;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.redisson.api.RMapCache;
import org.springframework.cache.Cache;
import org.springframework.data.redis.cache.BatchStrategies;
import org.springframework.data.redis.cache.RedisCacheWriter;
import org.springframework.data.redis.connection.jedis.JedisConnectionFactory;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.params.SetParams;

/** A cache with 10,000 entries is cleared; making them is not timed. The floor is one UNLINK of all keys by a bare client. */
final class CacheClear implements Scenario {

    private static final int SIZE = 10_000;
    private static final String FIRST = "k0";

    @Override
    public String name() {
        return "cache-clear";
    }

    @Override
    public List<Integer> threads() {
        return List.of(1);
    }

    @Override
    public boolean timedByLatency() {
        return true;
    }

    @Override
    public List<Subject> subjects(Target target, int threads) {
        return List.of(
                bareJedis(target),
                redisState(target),
                springDataRedis(target, "spring-data-redis", false),
                springDataRedis(target, "spring-data-redis-scan", true),
                redisson(target));
    }

    private static Subject bareJedis(Target target) {
        CacheClients clients = new CacheClients(target);
        RedisClient jedis = clients.jedis();
        byte[][] keys = keys("floor:clear:", "");
        return new Subject(
                Subject.FLOOR,
                thread -> {
                    fill(jedis, keys, KeyBytes.of("x".repeat(250)));
                    long begun = System.nanoTime();
                    if (jedis.unlink(keys) != SIZE) {
                        throw new IllegalStateException("Not all");
                    }
                    return System.nanoTime() - begun;
                },
                clients);
    }

    private static byte[][] keys(String before, String after) {
        return IntStream.range(0, SIZE)
                .mapToObj(i -> KeyBytes.of(before + 'k' + i + after))
                .toArray(byte[][]::new);
    }

    private static void fill(RedisClient jedis, byte[][] keys, byte[] value) {
        SetParams life = SetParams.setParams().px(CacheClients.LIFE.toMillis());
        try (Pipeline pipeline = jedis.pipelined()) {
            Arrays.stream(keys).forEach(key -> pipeline.set(key, value, life));
            pipeline.sync();
        }
    }

    /** One entry is put, and copied to all other keys. */
    private static Subject strings(String name, CacheClients clients, Cache cache, byte[][] keys) {
        RedisClient jedis = clients.jedis();
        return new Subject(
                name,
                thread -> {
                    cache.put(FIRST, Product.of(FIRST, 0));
                    fill(jedis, keys, jedis.get(keys[0]));
                    return cleared(cache);
                },
                clients);
    }

    private static long cleared(Cache cache) {
        Objects.requireNonNull(cache.get("k" + (SIZE - 1)));
        long begun = System.nanoTime();
        cache.clear();
        long end = System.nanoTime();
        if (cache.get(FIRST) != null) {
            throw new IllegalStateException("Not cleared");
        }
        return end - begun;
    }

    private static Subject redisState(Target target) {
        CacheClients clients = new CacheClients(target);
        return strings(
                Subject.US,
                clients,
                clients.redisState("clear", false),
                keys(CacheClients.PREFIX + ":cache:clear:{", "}"));
    }

    private static Subject springDataRedis(Target target, String name, boolean scan) {
        CacheClients clients = new CacheClients(target);
        JedisConnectionFactory connections = clients.connections();
        RedisCacheWriter writer = scan
                ? RedisCacheWriter.nonLockingRedisCacheWriter(connections, BatchStrategies.scan(1_000))
                : RedisCacheWriter.nonLockingRedisCacheWriter(connections);
        Cache cache = clients.springDataRedis(name, writer);
        return strings(name, clients, cache, keys(name + "::", ""));
    }

    /** A hash. */
    private static Subject redisson(Target target) {
        CacheClients clients = new CacheClients(target);
        Cache cache = clients.redissonSpring("redisson:clear", CacheClients.LIFE);
        RMapCache<String, Product> map = nativeMap(cache);
        Map<String, Product> products = new HashMap<>();
        for (int i = 0; i < SIZE; i++) {
            products.put("k" + i, Product.of(FIRST, 0));
        }
        return new Subject(
                "redisson",
                thread -> {
                    map.putAll(products, CacheClients.LIFE.toMillis(), TimeUnit.MILLISECONDS);
                    return cleared(cache);
                },
                clients);
    }

    @SuppressWarnings("unchecked")
    private static RMapCache<String, Product> nativeMap(Cache cache) {
        return (RMapCache<String, Product>) cache.getNativeCache();
    }
}
