package io.redisstate.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.redisstate.job.JobQueue;
import io.redisstate.job.JobQueues;
import io.redisstate.job.JobRequest;
import io.redisstate.job.JobWorker;
import io.redisstate.job.NonRetryableJobException;
import io.redisstate.test.CommandCount;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

@RedisTest
class JobMetersIntegrationTests {

    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

    @Test
    void theWorkerAndItsQueueAreMeasured() throws Exception {
        try (RedisServer redis = RedisServer.start();
                JobQueues queues = JobQueues.builder(redis.jedis()).build()) {
            JobQueue queue = queues.queue("mail");
            CountDownLatch end = new CountDownLatch(1);
            JobWorker worker = queues.worker("mail")
                    .concurrency(1)
                    .handler("send", String.class, (payload, context) -> {
                        if (payload.equals("bad")) {
                            throw new NonRetryableJobException("on purpose");
                        }
                        if (payload.equals("wait")) {
                            end.await();
                        }
                        return null;
                    })
                    .build();
            new JobMeters(queues, watcher -> watcher.accept(worker), Duration.ZERO).bindTo(meters);
            queue.enqueue(JobRequest.of("send", "good"));
            queue.enqueue(JobRequest.of("send", "bad"));
            queue.enqueue(JobRequest.of("send", "wait"));
            queue.enqueue(JobRequest.of("send", "later").withDelay(Duration.ofHours(1)));
            assertThat(gauge("ready")).isEqualTo(3);
            assertThat(gauge("delayed")).isEqualTo(1);
            assertThat(gauge("held")).isZero();
            assertThat(gauge("workers")).isZero();
            await().atMost(LIMIT).until(() -> gauge("oldest") > 0);

            try (worker) {
                worker.start();
                await().atMost(LIMIT).until(() -> count("failed") == 1 && count("completed") == 1);
                await().atMost(LIMIT).until(() -> gauge("dead") == 1 && gauge("active") == 1 && gauge("ready") == 0);
                assertThat(gauge("running")).isEqualTo(1);
                assertThat(gauge("workers")).isEqualTo(1);
                end.countDown();
                await().atMost(LIMIT).until(() -> count("completed") == 2 && gauge("running") == 0);
            }
            assertThat(count("lost")).isZero();
            assertThat(meters.get("redis.state.job.handled")
                            .tag("queue", "mail")
                            .functionTimer()
                            .count())
                    .isEqualTo(3);
            assertThat(meters.get("redis.state.job.waited").functionTimer().count())
                    .isEqualTo(3);
            assertThat(meters.get("redis.state.job.waited").functionTimer().totalTime(TimeUnit.NANOSECONDS))
                    .isPositive();
            redis.kill();
            assertThat(gauge("ready")).isNaN();
        }
    }

    @Test
    void readingAllGaugesOfAQueueIsOneRoundTrip() throws Exception {
        try (RedisServer redis = RedisServer.start();
                JobQueues queues = JobQueues.builder(redis.jedis()).build()) {
            JobWorker worker = queues.worker("mail")
                    .handler("send", String.class, (payload, context) -> null)
                    .build();
            new JobMeters(queues, watcher -> watcher.accept(worker)).bindTo(meters);
            queues.queue("mail").stats(1);

            CommandCount count = redis.count(() -> {
                for (String name : new String[] {"ready", "delayed", "held", "active", "dead", "workers", "oldest"}) {
                    assertThat(gauge(name)).isZero();
                }
            });

            assertThat(count.of("evalsha")).isEqualTo(1);
        }
    }

    private double gauge(String name) {
        return meters.get("redis.state.job." + name)
                .tag("queue", "mail")
                .gauge()
                .value();
    }

    private double count(String name) {
        return meters.get("redis.state.job." + name)
                .tag("queue", "mail")
                .functionCounter()
                .count();
    }
}
