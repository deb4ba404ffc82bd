package io.redisstate.benchmarks;

import com.alicp.jetcache.anno.CacheType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.springframework.cache.Cache;
import org.springframework.data.redis.cache.RedisCacheWriter;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.params.SetParams;

/**
 * 32 threads, 16 at each of two managers as two processes would have them, ask for one key that nobody has, whose loader
 * takes 100 ms; a unit of work ends when all have the value. The floor is one thread that loads and stores.
 */
final class CacheStampede implements Scenario {

    private static final int MANAGERS = 2;
    private static final int CALLERS = 32;
    private static final Duration LOAD = Duration.ofMillis(100);

    @Override
    public String name() {
        return "cache-stampede";
    }

    @Override
    public List<Integer> threads() {
        return List.of(1);
    }

    @Override
    public List<Subject> subjects(Target target, int threads) {
        return List.of(
                alone(target),
                redisState(target),
                springDataRedis(target),
                springDataRedisLocking(target),
                redisson(target),
                jetCache(target));
    }

    /** A cache that loads. */
    private interface Loading {
        @Nullable
        Product get(String key, Callable<Product> loader) throws Exception;
    }

    private static Subject subject(String name, CacheClients clients, List<Loading> managers, int callers) {
        LongAdder loads = new LongAdder();
        AtomicLong number = new AtomicLong(System.nanoTime());
        ExecutorService threads = Executors.newFixedThreadPool(callers);
        Subject.Action action = thread -> {
            String key = "cold" + number.incrementAndGet();
            List<Future<Product>> values = new ArrayList<>(callers);
            for (int i = 0; i < callers; i++) {
                Loading cache = managers.get(i % managers.size());
                values.add(threads.submit(() -> cache.get(key, () -> {
                    loads.increment();
                    LockSupport.parkNanos(LOAD.toNanos());
                    return Product.of(key, 0);
                })));
            }
            for (Future<Product> value : values) {
                Objects.requireNonNull(value.get(1, TimeUnit.MINUTES));
            }
        };
        return new Subject(
                name,
                thread -> {
                    action.run(thread);
                    return -1;
                },
                Target.all(threads::shutdownNow, clients),
                loads::sum);
    }

    private static Subject alone(Target target) {
        CacheClients clients = new CacheClients(target);
        RedisClient jedis = clients.jedis();
        SetParams life = SetParams.setParams().px(CacheClients.LIFE.toMillis());
        return subject(
                Subject.FLOOR,
                clients,
                List.of((key, loader) -> {
                    Product product = loader.call();
                    jedis.set("floor:stampede:" + key, product.toString(), life);
                    return product;
                }),
                1);
    }

    private static Subject redisState(Target target) {
        CacheClients clients = new CacheClients(target);
        List<Loading> caches = new ArrayList<>();
        for (int i = 0; i < MANAGERS; i++) {
            caches.add(synced(clients.redisState("stampede", false)));
        }
        return subject(Subject.US, clients, caches, CALLERS);
    }

    /** What {@code @Cacheable(sync = true)} does, and with ours {@code @Cacheable}. */
    private static Loading synced(Cache cache) {
        return cache::get;
    }

    /** What a plain {@code @Cacheable} does. */
    private static Loading plain(Cache cache) {
        return (key, loader) -> {
            Cache.ValueWrapper found = cache.get(key);
            if (found != null) {
                return (Product) found.get();
            }
            Product product = loader.call();
            cache.put(key, product);
            return product;
        };
    }

    private static Subject springDataRedis(Target target) {
        CacheClients clients = new CacheClients(target);
        List<Loading> caches = new ArrayList<>();
        for (int i = 0; i < MANAGERS; i++) {
            caches.add(plain(clients.springDataRedis("stampede")));
        }
        return subject("spring-data-redis", clients, caches, CALLERS);
    }

    private static Subject springDataRedisLocking(Target target) {
        CacheClients clients = new CacheClients(target);
        List<Loading> caches = new ArrayList<>();
        for (int i = 0; i < MANAGERS; i++) {
            RedisCacheWriter writer = RedisCacheWriter.lockingRedisCacheWriter(clients.connections());
            caches.add(synced(clients.springDataRedis("stampede-locking", writer)));
        }
        return subject("spring-data-redis-locking", clients, caches, CALLERS);
    }

    private static Subject redisson(Target target) {
        CacheClients clients = new CacheClients(target);
        List<Loading> caches = new ArrayList<>();
        for (int i = 0; i < MANAGERS; i++) {
            caches.add(synced(clients.redissonSpring("redisson:stampede", CacheClients.LIFE)));
        }
        return subject("redisson", clients, caches, CALLERS);
    }

    private static Subject jetCache(Target target) {
        CacheClients clients = new CacheClients(target);
        List<Loading> caches = new ArrayList<>();
        for (int i = 0; i < MANAGERS; i++) {
            com.alicp.jetcache.Cache<String, Product> cache = clients.jetCache("stampede:", CacheType.BOTH);
            caches.add((key, loader) -> cache.computeIfAbsent(key, missing -> {
                try {
                    return loader.call();
                } catch (Exception ex) {
                    throw new IllegalStateException(ex);
                }
            }));
        }
        return subject("jetcache", clients, caches, CALLERS);
    }
}
