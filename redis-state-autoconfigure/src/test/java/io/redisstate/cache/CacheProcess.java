package io.redisstate.cache;

import io.redisstate.cache.setting.CacheSettings;
import io.redisstate.test.ThrowingRunnable;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.springframework.data.redis.connection.RedisStandaloneConfiguration;
import org.springframework.data.redis.connection.jedis.JedisClientConfiguration;
import org.springframework.data.redis.connection.jedis.JedisConnectionFactory;
import redis.clients.jedis.ConnectionPoolConfig;

/**
 * What the other processes of the tests run: {@code stampede <url> <prefix> <key> <threads> <loader ms>}, which for each
 * line, a word, lets all threads ask at once for another key, or {@code hang <url> <prefix> <key>}, whose loader never ends.
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
        System.out.println("ready");
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String round = in.readLine(); round != null; round = in.readLine()) {
            System.out.println("done " + round + ' ' + round(cache, key + round, threads, millis));
        }
    }

    /** How often it was loaded and when that ended, then when each caller had the value; then the same without a cache. */
    private static String round(RedisStateCache cache, String key, int threads, long millis) throws Exception {
        AtomicLong loadEnd = new AtomicLong();
        AtomicLong loads = new AtomicLong();
        String ends = ends(threads, () -> {
            String value = cache.get(key, () -> {
                loads.incrementAndGet();
                TimeUnit.MILLISECONDS.sleep(millis);
                loadEnd.set(now());
                return "value";
            });
            if (!"value".equals(value)) {
                throw new IllegalStateException("Got " + value);
            }
        });
        // What the machine takes to go on with as many threads that all wait for the same moment.
        long moment = (now() / 1_000_000 + 2) * 1_000_000;
        String control = ends(threads, () -> TimeUnit.MICROSECONDS.sleep(Math.max(0, moment - now())));
        return loads.get() + " " + loadEnd.get() + ' ' + ends + ' ' + moment + ' ' + control;
    }

    private static String ends(int threads, ThrowingRunnable call) throws Exception {
        CountDownLatch start = new CountDownLatch(1);
        List<FutureTask<Long>> tasks = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            FutureTask<Long> task = new FutureTask<>(() -> {
                start.await();
                call.run();
                return now();
            });
            tasks.add(task);
            new Thread(task).start();
        }
        start.countDown();
        StringJoiner ends = new StringJoiner(",");
        for (FutureTask<Long> task : tasks) {
            ends.add(task.get().toString());
        }
        return ends.toString();
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
