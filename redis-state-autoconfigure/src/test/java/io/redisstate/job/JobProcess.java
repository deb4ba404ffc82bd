package io.redisstate.job;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisStandaloneConfiguration;
import org.springframework.data.redis.connection.jedis.JedisClientConfiguration;
import org.springframework.data.redis.connection.jedis.JedisConnectionFactory;

/**
 * A worker in a process of its own: {@code <url> <prefix> <concurrency>}. Each job counts itself in the hash
 * {@code <prefix>:done}, by its number, or by its id if that is zero; a number below zero ends the process. One that ran
 * before, although this is its first attempt, is noted in the set {@code <prefix>:unexplained}.
 */
final class JobProcess {

    static final String QUEUE = "load";
    static final Duration LEASE = Duration.ofSeconds(2);

    private JobProcess() {}

    public static void main(String[] arguments) throws Exception {
        URI url = URI.create(arguments[0]);
        var connections = new JedisConnectionFactory(
                new RedisStandaloneConfiguration(url.getHost(), url.getPort()),
                JedisClientConfiguration.builder().usePooling().build());
        connections.afterPropertiesSet();
        connections.start();
        byte[] done = (arguments[1] + ":done").getBytes(StandardCharsets.UTF_8);
        byte[] unexplained = (arguments[1] + ":unexplained").getBytes(StandardCharsets.UTF_8);
        JobQueues queues =
                JobQueues.builder(connections).keyPrefix(arguments[1]).build();
        Semaphore go = new Semaphore(0);
        JobWorker worker = queues.worker(QUEUE)
                .lease(LEASE)
                .concurrency(Integer.parseInt(arguments[2]))
                .handler("count", Integer.class, (number, context) -> {
                    if (number < 0) {
                        Runtime.getRuntime().halt(1);
                    }
                    try (RedisConnection connection = connections.getConnection()) {
                        String field = number == 0 ? context.id() : number.toString();
                        Long runs = connection.hashCommands().hIncrBy(done, field.getBytes(StandardCharsets.UTF_8), 1);
                        if (runs != null && runs > 1 && context.attempt() < 2) {
                            connection.setCommands().sAdd(unexplained, field.getBytes(StandardCharsets.UTF_8));
                        }
                    }
                    return null;
                })
                .handler("hold", String.class, (payload, context) -> {
                    System.out.println("holding " + context.attempt());
                    go.acquire();
                    return payload;
                })
                .build();
        worker.start();
        System.out.println("ready");
        for (int command = System.in.read(); command >= 0; command = System.in.read()) {
            if (command == 'g') {
                go.release();
            } else if (command == 's') {
                System.out.println("statistics " + worker.statistics());
            }
        }
        System.exit(0);
    }
}
