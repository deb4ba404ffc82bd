package io.redisstate.lock;

import io.redisstate.core.KeySpace;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisStandaloneConfiguration;
import org.springframework.data.redis.connection.jedis.JedisConnectionFactory;

/** What the other processes of the tests run: {@code hold <url> <prefix> <name>} or {@code count <url> <prefix> <seconds>}. */
final class LockProcess {

    static final LockOptions OPTIONS =
            LockOptions.defaults().withWaitTime(Duration.ofMinutes(1)).withLeaseTime(Duration.ofSeconds(2));

    private LockProcess() {}

    public static void main(String[] arguments) throws Exception {
        URI url = URI.create(arguments[1]);
        var connections = new JedisConnectionFactory(new RedisStandaloneConfiguration(url.getHost(), url.getPort()));
        connections.afterPropertiesSet();
        connections.start();
        LockService locks =
                LockService.builder(connections).keyPrefix(arguments[2]).build();
        if (arguments[0].equals("hold")) {
            hold(locks, arguments[3]);
        } else {
            count(locks, connections, arguments[2] + ":counter", Long.parseLong(arguments[3]));
        }
        System.exit(0);
    }

    private static void hold(LockService locks, String name) throws Exception {
        LockLease lease = locks.acquire(name, OPTIONS);
        lease.onLost(() -> System.out.println("lost"));
        System.out.println("held " + lease.fencingToken());
        while (System.in.read() != '\n') {
            // until a line comes
        }
        lease.release();
        System.out.println("released held=" + lease.isHeld());
    }

    private static void count(LockService locks, JedisConnectionFactory connections, String key, long seconds)
            throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        List<FutureTask<Long>> threads = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            LockOptions options = OPTIONS.withFair(i % 4 == 0).withLeaseTime(Duration.ofSeconds(10));
            FutureTask<Long> task = new FutureTask<>(() -> countInTwoSteps(locks, connections, key, options, end));
            threads.add(task);
            new Thread(task).start();
        }
        long counted = 0;
        for (FutureTask<Long> thread : threads) {
            counted += thread.get();
        }
        System.out.println("counted " + counted);
    }

    /** Reads and writes apart, which only a lock makes right. */
    private static long countInTwoSteps(
            LockService locks, JedisConnectionFactory connections, String key, LockOptions options, long end)
            throws InterruptedException {
        byte[] name = KeySpace.bytes(key);
        long counted = 0;
        while (System.nanoTime() - end < 0) {
            try (LockLease lease = locks.acquire("counter", options);
                    RedisConnection connection = connections.getConnection()) {
                byte[] value =
                        Objects.requireNonNull(connection.stringCommands().get(name));
                long next = Long.parseLong(new String(value, StandardCharsets.UTF_8)) + 1;
                connection.stringCommands().set(name, KeySpace.bytes(Long.toString(next)));
                if (!lease.isHeld()) {
                    throw new IllegalStateException("Paused for longer than the lease: the machine is overloaded");
                }
                counted++;
            }
        }
        return counted;
    }
}
