package io.redisstate.benchmarks;

import com.alicp.jetcache.Cache;
import com.alicp.jetcache.anno.CacheType;
import io.redisstate.cache.RedisStateCache;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.redisson.api.RLocalCachedMap;
import redis.clients.jedis.JedisPubSub;
import redis.clients.jedis.RedisClient;

/**
 * From the end of a write by one client until another, which had the earlier value in its memory and keeps asking, gets the
 * new one. The floor is a bare message: from the end of PUBLISH until it is there.
 */
final class CacheStaleness implements Scenario {

    private static final String KEY = "k";

    @Override
    public String name() {
        return "cache-staleness";
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
        return List.of(message(target), redisState(target), foreign(target), redisson(target), jetCache(target));
    }

    /** Reads the version that a client sees. */
    private interface Seen {
        int version();
    }

    private static long untilSeen(Runnable write, Seen reader, int version) {
        write.run();
        long begun = System.nanoTime();
        while (reader.version() != version) {
            Thread.onSpinWait();
        }
        return System.nanoTime() - begun;
    }

    private static Subject message(Target target) {
        CacheClients clients = new CacheClients(target);
        RedisClient jedis = clients.jedis();
        AtomicInteger received = new AtomicInteger();
        JedisPubSub subscription = new JedisPubSub() {
            @Override
            public void onMessage(String channel, String message) {
                received.set(Integer.parseInt(message));
            }
        };
        Thread thread = new Thread(() -> jedis.subscribe(subscription, "bench:staleness"), "floor-subscription");
        thread.setDaemon(true);
        thread.start();
        CacheClients.await(subscription::isSubscribed);
        AtomicInteger sent = new AtomicInteger();
        return new Subject(
                Subject.FLOOR,
                worker -> {
                    int version = sent.incrementAndGet();
                    return untilSeen(
                            () -> jedis.publish("bench:staleness", Integer.toString(version)), received::get, version);
                },
                Target.all(subscription::unsubscribe, clients));
    }

    private static Subject redisState(Target target) {
        CacheClients clients = new CacheClients(target);
        RedisStateCache here = clients.redisState("staleness", true);
        RedisStateCache there = clients.redisState("staleness", true);
        AtomicInteger written = new AtomicInteger();
        there.put(KEY, Product.of(KEY, 0));
        return new Subject(
                Subject.US,
                worker -> {
                    CacheClients.makeNear(here, KEY);
                    Product product = Product.of(KEY, written.incrementAndGet());
                    return untilSeen(() -> there.put(KEY, product), () -> version(here), product.version());
                },
                clients);
    }

    private static int version(RedisStateCache cache) {
        Product product = cache.get(KEY, Product.class);
        return product == null ? -1 : product.version();
    }

    /** The writer knows nothing of caches: a SET of other bytes, by a bare client. */
    private static Subject foreign(Target target) {
        CacheClients clients = new CacheClients(target);
        RedisClient jedis = clients.jedis();
        RedisStateCache here = clients.redisState("foreign", true);
        byte[] key = KeyBytes.of(CacheClients.PREFIX + ":cache:foreign:{" + KEY + "}");
        byte[][] entries = new byte[2][];
        for (int i = 0; i < 2; i++) {
            here.put(KEY, Product.of(KEY, i));
            entries[i] = Objects.requireNonNull(jedis.get(key));
        }
        AtomicInteger written = new AtomicInteger(1);
        return new Subject(
                Subject.US + "-foreign-writer",
                worker -> {
                    CacheClients.makeNear(here, KEY);
                    int version = written.incrementAndGet() % 2;
                    return untilSeen(() -> jedis.set(key, entries[version]), () -> version(here), version);
                },
                clients);
    }

    private static Subject redisson(Target target) {
        CacheClients clients = new CacheClients(target);
        RLocalCachedMap<String, Product> here = clients.redissonNear("redisson:staleness");
        RLocalCachedMap<String, Product> there = clients.redissonNear("redisson:staleness");
        AtomicReference<Product> written = new AtomicReference<>(Product.of(KEY, 0));
        there.fastPut(KEY, written.get());
        return new Subject(
                "redisson",
                worker -> {
                    Objects.requireNonNull(here.get(KEY));
                    Product next = Product.of(KEY, written.get().version() + 1);
                    written.set(next);
                    return untilSeen(
                            () -> there.fastPut(KEY, next),
                            () -> Objects.requireNonNull(here.get(KEY)).version(),
                            next.version());
                },
                clients);
    }

    private static Subject jetCache(Target target) {
        CacheClients clients = new CacheClients(target);
        Cache<String, Product> here = clients.jetCache("staleness:", CacheType.BOTH);
        Cache<String, Product> there = clients.jetCache("staleness:", CacheType.BOTH);
        AtomicInteger written = new AtomicInteger();
        there.put(KEY, Product.of(KEY, 0));
        return new Subject(
                "jetcache",
                worker -> {
                    Objects.requireNonNull(here.get(KEY));
                    Product next = Product.of(KEY, written.incrementAndGet());
                    return untilSeen(
                            () -> there.put(KEY, next),
                            () -> Objects.requireNonNull(here.get(KEY)).version(),
                            next.version());
                },
                clients);
    }
}
