package io.redisstate.benchmarks;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.springframework.cache.Cache;
import redis.clients.jedis.RedisClient;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.json.JsonMapper;

/** Each thread reads a value that is in Redis. The floor is bare Jedis and Jackson. */
final class CacheHit implements Scenario {

    private static final String NAME = "hit";

    @Override
    public String name() {
        return "cache-hit";
    }

    @Override
    public List<Integer> threads() {
        return List.of(1, 8);
    }

    @Override
    public List<Subject> subjects(Target target, int threads) {
        return List.of(
                bareJedis(target, threads),
                redisState(target),
                springDataRedis(target),
                redisson(target, "redisson", CacheClients.LIFE),
                redisson(target, "redisson-without-ttl", Duration.ZERO));
    }

    private static Subject bareJedis(Target target, int threads) {
        CacheClients clients = new CacheClients(target);
        RedisClient jedis = clients.jedis();
        JsonMapper mapper = JsonMapper.shared();
        ObjectReader reader = mapper.readerFor(Product.class);
        for (int i = 0; i < threads; i++) {
            jedis.set(KeyBytes.of("floor:hit:k" + i), mapper.writeValueAsBytes(Product.of("k" + i, 0)));
        }
        return Subject.of(Subject.FLOOR, clients, thread -> {
            Product product = reader.readValue(jedis.get(KeyBytes.of("floor:hit:k" + thread)));
            Objects.requireNonNull(product);
        });
    }

    private static Subject redisState(Target target) {
        CacheClients clients = new CacheClients(target);
        return subject(Subject.US, clients, clients.redisState(NAME, false));
    }

    private static Subject springDataRedis(Target target) {
        CacheClients clients = new CacheClients(target);
        return subject("spring-data-redis", clients, clients.springDataRedis(NAME));
    }

    private static Subject redisson(Target target, String name, Duration life) {
        CacheClients clients = new CacheClients(target);
        return subject(name, clients, clients.redissonSpring(name + ":hit", life));
    }

    private static Subject subject(String name, AutoCloseable clients, Cache cache) {
        for (int i = 0; i < 64; i++) {
            cache.put("k" + i, Product.of("k" + i, 0));
        }
        return Subject.of(name, clients, thread -> Objects.requireNonNull(cache.get("k" + thread)));
    }
}
