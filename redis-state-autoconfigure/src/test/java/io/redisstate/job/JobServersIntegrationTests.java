package io.redisstate.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.redisstate.core.KeySpace;
import io.redisstate.test.RedisCluster;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.data.redis.connection.RedisConnectionFactory;

/** The same on every kind of server and client. */
@RedisTest
class JobServersIntegrationTests {

    private static final List<String> QUEUES = List.of("a", "b {x}", "c", "d");

    private static int nodeOf(String queue) {
        return RedisCluster.shared()
                .nodeOf(KeySpace.of("any", "job").key(queue, "data"))
                .port();
    }

    static Stream<RedisConnectionFactory> servers() {
        return Stream.of(
                RedisServer.shared().lettuce(),
                RedisCluster.shared().jedis(),
                RedisCluster.shared().lettuce());
    }

    @ParameterizedTest
    @MethodSource("servers")
    void everythingWorksOn(RedisConnectionFactory connections) {
        Queue<String> done = new ConcurrentLinkedQueue<>();
        List<JobWorker> workers = new ArrayList<>();
        assertThat(QUEUES.stream().map(JobServersIntegrationTests::nodeOf).distinct())
                .as("nodes of the cluster")
                .hasSizeGreaterThan(1);
        try (JobQueues queues = JobQueues.builder(connections)
                .keyPrefix("test-" + UUID.randomUUID())
                .build()) {
            for (String name : QUEUES) {
                JobWorker worker = queues.worker(name)
                        .lease(Duration.ofSeconds(3))
                        .attempts(2)
                        .concurrency(2)
                        .backoff(Backoff.fixed(Duration.ofMillis(20)))
                        .handler("t", String.class, (payload, context) -> {
                            context.progress(1);
                            if (payload.equals("fail")) {
                                throw new IllegalStateException("no");
                            }
                            done.add(name + payload);
                            return payload;
                        })
                        .build();
                workers.add(worker);
                JobQueue queue = queues.queue(name);
                queue.pause();
                worker.start();
                EnqueuedJob first = queue.enqueue(JobRequest.of("t", "1").withUniqueKey("u"));
                queue.enqueue(JobRequest.of("t", "after").withAfter(List.of(first.id())));
                queue.enqueue(JobRequest.of("t", "later").withDelay(Duration.ofMillis(200)));
                queue.enqueueAll(Collections.nCopies(1_500, JobRequest.of("t", "bulk")));
                EnqueuedJob cancelled = queue.enqueue(JobRequest.of("t", "never"));
                EnqueuedJob dead = queue.enqueue(JobRequest.of("t", "fail"));
                assertThat(queue.cancel(cancelled.id())).isTrue();
                queue.schedule(Recurrence.every("r", Duration.ofMillis(100), JobRequest.of("t", "tick")));
                queue.resume();
                await().atMost(Duration.ofSeconds(60))
                        .until(() -> done.stream()
                                        .filter(ran -> ran.equals(name + "bulk"))
                                        .count()
                                == 1_500);
                await().until(() ->
                        done.containsAll(List.of(name + "1", name + "after", name + "later", name + "tick")));
                await().until(() -> queue.find(dead.id()).orElseThrow().state() == JobState.DEAD);
                assertThat(queue.result(first.id(), String.class)).contains("1");
                queue.unschedule("r");
                assertThat(queue.list(JobState.DEAD, "", 10).jobs()).hasSize(1);
                assertThat(queue.stats(2).totals().dead()).isOne();
            }
            assertThat(done).doesNotContain("anever");
        } finally {
            workers.forEach(JobWorker::close);
        }
    }

    @Test
    void aWorkerThatHasStoppedIsNotWokenInTheClusterAndLeavesItsStatistics() {
        RedisCluster cluster = RedisCluster.shared();
        String prefix = "test-" + UUID.randomUUID();
        KeySpace keys = KeySpace.of(prefix, "job");
        Queue<String> done = new ConcurrentLinkedQueue<>();
        JobFunction<String> function = (payload, context) -> {
            done.add(payload);
            return null;
        };
        try (JobQueues older =
                        JobQueues.builder(cluster.jedis()).keyPrefix(prefix).build();
                JobQueues newer =
                        JobQueues.builder(cluster.jedis()).keyPrefix(prefix).build();
                JobWorker stays = older.worker("q")
                        .lease(Duration.ofMinutes(5))
                        .handler("t", String.class, function)
                        .build();
                JobWorker stops = newer.worker("q")
                        .lease(Duration.ofMinutes(5))
                        .handler("t", String.class, function)
                        .build()) {
            JobQueue queue = older.queue("q");
            stays.start();
            await().until(() -> idle(keys) == 1);
            stops.start();
            await().until(() -> idle(keys) == 2);
            // Who came last is woken first, and reports at once that it has done this one.
            queue.enqueue(JobRequest.of("t", "first"));
            await().until(() -> done.size() == 1 && queue.stats(1).totals().completed() == 1);
            await().until(() -> idle(keys) == 2);

            stops.stop();

            assertThat(queue.stats(1).workers()).isOne();
            assertThat(idle(keys)).isOne();
            assertThat(queue.stats(1).recent().completed()).isOne();
            long begun = System.nanoTime();
            queue.enqueue(JobRequest.of("t", "second"));
            await().until(() -> done.size() == 2);
            // Long before the other one would have looked by itself.
            assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(5));
        }
    }

    private static long idle(KeySpace keys) {
        String key = keys.key("q", "idle");
        return (Long) Objects.requireNonNull(RedisCluster.shared().nodeOf(key).command("ZCARD", key));
    }

    /** A fail-over loses what was not replicated, but nothing hangs. */
    @Test
    void workersGoOnAfterAFailOverOfTheCluster() {
        try (RedisCluster cluster = RedisCluster.start();
                JobQueues queues =
                        JobQueues.builder(cluster.jedis()).keyPrefix("failover").build();
                JobWorker worker = queues.worker("q")
                        .lease(Duration.ofSeconds(2))
                        .handler("t", String.class, (payload, context) -> payload)
                        .build()) {
            JobQueue queue = queues.queue("q");
            worker.start();
            EnqueuedJob before = queue.enqueue(JobRequest.of("t", "before"));
            await().until(() -> queue.result(before.id(), String.class).isPresent());

            cluster.failOver("failover:job:{q}:data");

            await().atMost(Duration.ofSeconds(60)).ignoreExceptions().until(() -> {
                EnqueuedJob after = queue.enqueue(JobRequest.of("t", "after"));
                await().atMost(Duration.ofSeconds(20))
                        .until(() -> queue.result(after.id(), String.class).isPresent());
                return true;
            });
        }
    }
}
