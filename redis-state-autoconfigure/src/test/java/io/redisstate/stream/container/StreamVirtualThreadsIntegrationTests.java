package io.redisstate.stream.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.redisstate.stream.Publication;
import io.redisstate.stream.StreamPublisher;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Containers on virtual threads. */
@RedisTest
@EnabledForJreRange(min = JRE.JAVA_21)
class StreamVirtualThreadsIntegrationTests {

    private static final int HANDLERS = 200;

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void hundredsOfHandlersWaitAtATimeOnVirtualThreads(boolean ordered) throws Exception {
        RedisServer redis = RedisServer.shared();
        String prefix = redis.uniquePrefix();
        StreamPublisher publisher =
                StreamPublisher.builder(redis.jedis()).keyPrefix(prefix).build();
        CountDownLatch together = new CountDownLatch(HANDLERS);
        Set<Boolean> virtual = ConcurrentHashMap.newKeySet();
        StreamContainer.Builder builder = StreamContainer.<String>builder(
                        redis.jedis(),
                        ContainerOptions.builder("s", "g")
                                .concurrency(HANDLERS)
                                .batchSize(100)
                                .minIdle(Duration.ofSeconds(3))
                                .build(),
                        String.class,
                        (message, acknowledgement) -> {
                            virtual.add((Boolean)
                                    Thread.class.getMethod("isVirtual").invoke(Thread.currentThread()));
                            together.countDown();
                            if (!together.await(60, TimeUnit.SECONDS)) {
                                throw new IllegalStateException("Not all handlers run at the same time");
                            }
                        })
                .keyPrefix(prefix)
                .virtualThreads(true);
        if (ordered) {
            builder.orderBy(message -> String.valueOf(message.payload()));
        }
        try (StreamContainer container = builder.build()) {
            publisher.publishAll(
                    "s",
                    IntStream.range(0, 2 * HANDLERS)
                            .mapToObj(number -> Publication.of("m" + number))
                            .toList());
            container.start();
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> container.statistics().handled() == 2 * HANDLERS);
            assertThat(container.statistics().failed()).isZero();
        }
        assertThat(virtual).containsExactly(true);
        redis.keys(prefix).forEach(key -> redis.command("DEL", key));
    }
}
