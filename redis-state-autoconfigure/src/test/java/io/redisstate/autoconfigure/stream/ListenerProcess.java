package io.redisstate.autoconfigure.stream;

import io.redisstate.autoconfigure.RedisStateAutoConfiguration;
import io.redisstate.stream.listener.RedisStreamListener;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration;
import org.springframework.context.annotation.Import;
import org.springframework.data.redis.core.StringRedisTemplate;

/**
 * An application with an unordered and an ordered listener that the tests run as another process:
 * {@code <name> <how many messages each handles before it holds> <properties>}. They note what they begin and end in lists,
 * {@code <prefix>:log:<group>}. Those that hold go on with the line {@code go}.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@ImportAutoConfiguration({
    DataRedisAutoConfiguration.class,
    RedisStateAutoConfiguration.class,
    StreamAutoConfiguration.class
})
@Import(ListenerProcess.Listeners.class)
class ListenerProcess {

    private static final CountDownLatch GO = new CountDownLatch(1);

    public static void main(String[] arguments) throws Exception {
        String[] properties = new String[arguments.length];
        System.arraycopy(arguments, 2, properties, 0, arguments.length - 2);
        properties[arguments.length - 2] = "test.name=" + arguments[0];
        properties[arguments.length - 1] = "test.holds-after=" + arguments[1];
        new SpringApplicationBuilder(ListenerProcess.class)
                .web(WebApplicationType.NONE)
                .properties(properties)
                .run();
        System.out.println("started");
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            GO.countDown();
        }
    }

    static class Listeners {

        private final StringRedisTemplate redis;
        private final String prefix;
        private final String name;
        private final int holdsAfter;
        private final AtomicInteger unordered = new AtomicInteger();
        private final AtomicInteger ordered = new AtomicInteger();

        Listeners(StringRedisTemplate redis, org.springframework.core.env.Environment environment) {
            this.redis = redis;
            this.prefix = environment.getRequiredProperty("redis-state.key-prefix");
            this.name = environment.getRequiredProperty("test.name");
            this.holdsAfter = environment.getRequiredProperty("test.holds-after", Integer.class);
        }

        @RedisStreamListener(stream = "s", group = "unordered", concurrency = "2", batchSize = "25")
        void unordered(String payload) throws InterruptedException {
            handle("unordered", payload, unordered);
        }

        @RedisStreamListener(
                stream = "s",
                group = "ordered",
                concurrency = "2",
                batchSize = "25",
                orderBy = "payload.substring(0, payload.indexOf(':'))")
        void ordered(String payload) throws InterruptedException {
            handle("ordered", payload, ordered);
        }

        private void handle(String group, String payload, AtomicInteger handled) throws InterruptedException {
            note(group, "begun", payload);
            if (handled.incrementAndGet() > holdsAfter) {
                System.out.println("holding " + group + " " + payload);
                GO.await();
            }
            note(group, "ended", payload);
        }

        private void note(String group, String what, String payload) {
            Long unused = redis.opsForList().rightPush(prefix + ":log:" + group, name + ' ' + what + ' ' + payload);
        }
    }
}
