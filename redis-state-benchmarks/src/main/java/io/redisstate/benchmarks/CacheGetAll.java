package io.redisstate.benchmarks;

import io.redisstate.cache.RedisStateCache;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import org.redisson.api.RMap;
import org.springframework.data.redis.core.RedisTemplate;
import org.springframework.data.redis.serializer.JacksonJsonRedisSerializer;
import org.springframework.data.redis.serializer.RedisSerializer;
import redis.clients.jedis.RedisClient;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.json.JsonMapper;

/** 1,000 values of Redis at a time. The floor is one MGET whose values Jackson reads; without Jackson it is listed too. */
final class CacheGetAll implements Scenario {

    private static final int SIZE = 1_000;
    private static final List<String> KEYS =
            IntStream.range(0, SIZE).mapToObj(i -> "k" + i).toList();

    @Override
    public String name() {
        return "cache-get-all";
    }

    @Override
    public List<Integer> threads() {
        return List.of(1);
    }

    @Override
    public List<Subject> subjects(Target target, int threads) {
        return List.of(
                bareJedis(target, Subject.FLOOR, true),
                redisState(target),
                bareJedis(target, "mget-without-jackson", false),
                springDataRedis(target),
                redisson(target));
    }

    private static Map<String, Product> products() {
        Map<String, Product> products = new LinkedHashMap<>();
        KEYS.forEach(key -> products.put(key, Product.of(key, 0)));
        return products;
    }

    private static void check(int found) {
        if (found != SIZE) {
            throw new IllegalStateException(found + " values");
        }
    }

    private static Subject bareJedis(Target target, String name, boolean read) {
        CacheClients clients = new CacheClients(target);
        RedisClient jedis = clients.jedis();
        JsonMapper mapper = JsonMapper.shared();
        ObjectReader reader = mapper.readerFor(Product.class);
        byte[][] keys =
                KEYS.stream().map(key -> KeyBytes.of(name + ":all:" + key)).toArray(byte[][]::new);
        for (int i = 0; i < SIZE; i++) {
            jedis.set(keys[i], mapper.writeValueAsBytes(Product.of(KEYS.get(i), 0)));
        }
        return Subject.of(name, clients, thread -> {
            List<byte[]> values = jedis.mget(keys);
            Map<String, Object> found = new HashMap<>();
            for (int i = 0; i < SIZE; i++) {
                found.put(KEYS.get(i), read ? reader.<Product>readValue(values.get(i)) : values.get(i));
            }
            check(found.size());
        });
    }

    private static Subject redisState(Target target) {
        CacheClients clients = new CacheClients(target);
        RedisStateCache cache = clients.redisState("all", false);
        cache.putAll(products());
        return Subject.of(
                Subject.US, clients, thread -> check(cache.getAll(KEYS).size()));
    }

    /** Its caches have no such operation; its template has. */
    private static Subject springDataRedis(Target target) {
        CacheClients clients = new CacheClients(target);
        RedisTemplate<String, Product> template = new RedisTemplate<>();
        template.setConnectionFactory(clients.connections());
        template.setKeySerializer(RedisSerializer.string());
        template.setValueSerializer(new JacksonJsonRedisSerializer<>(Product.class));
        template.afterPropertiesSet();
        Map<String, Product> products = new LinkedHashMap<>();
        products().forEach((key, product) -> products.put("spring:all:" + key, product));
        template.opsForValue().multiSet(products);
        List<String> keys = List.copyOf(products.keySet());
        return Subject.of(
                "spring-data-redis",
                clients,
                thread -> check(Objects.requireNonNull(template.opsForValue().multiGet(keys))
                        .size()));
    }

    private static Subject redisson(Target target) {
        CacheClients clients = new CacheClients(target);
        RMap<String, Product> map = clients.redisson().getMap("redisson:all", CacheClients.redissonCodec());
        map.putAll(products());
        Set<String> keys = new LinkedHashSet<>(KEYS);
        return Subject.of("redisson", clients, thread -> check(map.getAll(keys).size()));
    }
}
