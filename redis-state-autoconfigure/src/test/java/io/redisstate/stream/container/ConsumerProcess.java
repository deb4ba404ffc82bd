package io.redisstate.stream.container;

import io.redisstate.core.KeySpace;
import io.redisstate.stream.Acknowledgement;
import io.redisstate.stream.RetryPolicy;
import io.redisstate.stream.StreamMessage;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisStandaloneConfiguration;
import org.springframework.data.redis.connection.jedis.JedisConnectionFactory;

/**
 * A consumer that the tests run as another process: {@code <url> <prefix> <consumer> <min idle ms> <handler us> <order>}.
 * It notes what it has handled in a list, {@code <prefix>:log}. The payload {@code die} ends it; {@code hold} waits for the
 * line {@code go}. To {@code memory <n>} it answers with the kilobytes in use and the messages in flight.
 */
final class ConsumerProcess implements StreamHandler<String> {

    private final JedisConnectionFactory connections;
    private final String prefix;
    private final String consumer;
    private final long handlerMicros;
    private final Semaphore go = new Semaphore(0);

    private ConsumerProcess(JedisConnectionFactory connections, String prefix, String consumer, long handlerMicros) {
        this.connections = connections;
        this.prefix = prefix;
        this.consumer = consumer;
        this.handlerMicros = handlerMicros;
    }

    public static void main(String[] arguments) throws Exception {
        URI url = URI.create(arguments[0]);
        var connections = new JedisConnectionFactory(new RedisStandaloneConfiguration(url.getHost(), url.getPort()));
        connections.afterPropertiesSet();
        connections.start();
        ConsumerProcess process =
                new ConsumerProcess(connections, arguments[1], arguments[2], Long.parseLong(arguments[4]));
        StreamContainer.Builder builder = StreamContainer.builder(
                        connections, options(arguments[2], Long.parseLong(arguments[3])), String.class, process)
                .keyPrefix(arguments[1]);
        if (arguments[5].equals("ordered")) {
            builder.orderBy(message -> keyOf(String.valueOf(message.payload())));
        }
        StreamContainer container = builder.build();
        container.start();
        System.out.println("started");
        obey(process, container);
        System.exit(0);
    }

    static ContainerOptions options(String consumer, long minIdleMillis) {
        return ContainerOptions.builder("s", "g")
                .consumer(consumer)
                .concurrency(2)
                .batchSize(25)
                .minIdle(Duration.ofMillis(minIdleMillis))
                .retry(RetryPolicy.DEFAULT
                        .withMaxAttempts(2)
                        .withDelays(Duration.ofMillis(50), 1, Duration.ofMillis(50)))
                .build();
    }

    static String keyOf(String payload) {
        return payload.substring(0, payload.indexOf(':'));
    }

    private static void obey(ConsumerProcess process, StreamContainer container) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            if (line.equals("go")) {
                process.go.release();
            } else if (line.equals("stop")) {
                container.stop();
                System.out.println("stopped");
                return;
            } else if (line.startsWith("memory")) {
                System.gc();
                Runtime runtime = Runtime.getRuntime();
                long used = (runtime.totalMemory() - runtime.freeMemory()) >> 10;
                System.out.println(
                        line + " " + used + " " + container.statistics().inFlight());
            } else {
                System.out.println("statistics " + container.statistics());
            }
        }
    }

    @Override
    public void handle(StreamMessage<String> message, Acknowledgement acknowledgement) throws Exception {
        String payload = message.payload();
        if (payload.equals("die")) {
            Runtime.getRuntime().halt(9);
        }
        if (payload.equals("hold")) {
            System.out.println("holding");
            go.acquire();
        }
        LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(handlerMicros));
        try (RedisConnection connection = connections.getConnection()) {
            Long unused = connection
                    .listCommands()
                    .rPush(KeySpace.bytes(prefix + ":log"), KeySpace.bytes(consumer + " " + payload));
        }
    }
}
