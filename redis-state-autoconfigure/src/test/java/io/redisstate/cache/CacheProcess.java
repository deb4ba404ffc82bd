package io.redisstate.cache;

import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.springframework.data.redis.connection.RedisStandaloneConfiguration;
import org.springframework.data.redis.connection.jedis.JedisClientConfiguration;
import org.springframework.data.redis.connection.jedis.JedisConnectionFactory;
import redis.clients.jedis.ConnectionPoolConfig;

/**
 * What the other processes of the tests run: {@code stampede <url> <prefix> <key> <threads> <loader ms>}, which waits for a
 * line and then lets all threads ask at once, or {@code hang <url> <prefix> <key>}, whose loader never ends.
 */
final class CacheProcess {

    private CacheProcess() {}

    public static void main(String[] arguments) throws Exception {
        RedisStateCacheManager caches = manager(arguments[1], arguments[2]);
        if (arguments[0].equals("stampede")) {
            stampede(caches, arguments[3], Integer.parseInt(arguments[4]), Long.parseLong(arguments[5]));
        } else {
            hang(caches.getCache("values"), arguments[3]);
        }
        System.exit(0);
    }

    static RedisStateCacheManager manager(String url, String prefix) {
        return builder(url, prefix)
                .defaults(CacheSettings.builder().type(String.class).build())
                .build();
    }

    static RedisStateCacheManager.Builder builder(String url, String prefix) {
        URI server = URI.create(url);
        ConnectionPoolConfig pool = new ConnectionPoolConfig();
        pool.setMaxTotal(80);
        pool.setMaxIdle(80);
        var connections = new JedisConnectionFactory(
                new RedisStandaloneConfiguration(server.getHost(), server.getPort()),
                JedisClientConfiguration.builder().usePooling().poolConfig(pool).build());
        connections.afterPropertiesSet();
        connections.start();
        return RedisStateCacheManager.builder(connections).keyPrefix(prefix);
    }

    private static void stampede(RedisStateCacheManager caches, String key, int threads, long millis) throws Exception {
        RedisStateCache cache = caches.getCache("values");
        // As in an application that has run for a while: connections, scripts and classes are there.
        List<FutureTask<String>> warm = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            int own = i;
            warm.add(new FutureTask<>(() -> cache.get("warm" + own % 4, () -> "warm")));
        }
        warm.forEach(task -> new Thread(task).start());
        for (FutureTask<String> task : warm) {
            task.get();
        }
        CountDownLatch start = new CountDownLatch(1);
        AtomicLong loadEnd = new AtomicLong();
        AtomicLong loads = new AtomicLong();
        List<FutureTask<Long>> tasks = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            FutureTask<Long> task = new FutureTask<>(() -> {
                start.await();
                String value = cache.get(key, () -> {
                    loads.incrementAndGet();
                    TimeUnit.MILLISECONDS.sleep(millis);
                    loadEnd.set(now());
                    return "value";
                });
                if (!"value".equals(value)) {
                    throw new IllegalStateException("Got " + value);
                }
                return now();
            });
            tasks.add(task);
            new Thread(task).start();
        }
        System.out.println("ready");
        while (System.in.read() != '\n') {
            // until a line comes
        }
        start.countDown();
        long[] ends = new long[threads];
        for (int i = 0; i < threads; i++) {
            ends[i] = tasks.get(i).get();
        }
        Arrays.sort(ends);
        System.out.println("done " + loads.get() + " " + loadEnd.get() + " "
                + Arrays.stream(ends)
                        .mapToObj(Long::toString)
                        .reduce((a, b) -> a + "," + b)
                        .orElseThrow());
    }

    /** Microseconds of the machine's clock, which all processes share. */
    private static long now() {
        java.time.Instant now = java.time.Instant.now();
        return now.getEpochSecond() * 1_000_000 + now.getNano() / 1_000;
    }

    private static void hang(RedisStateCache cache, String key) {
        cache.get(key, () -> {
            System.out.println("loading");
            new CountDownLatch(1).await();
            return "never";
        });
    }
}
