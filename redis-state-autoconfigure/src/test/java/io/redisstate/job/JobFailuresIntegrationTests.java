package io.redisstate.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import io.redisstate.core.ConnectionGuard;
import io.redisstate.core.WakeUps;
import io.redisstate.test.JavaProcess;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What must survive: killed workers, a server that is killed, paused or full. */
@RedisTest
class JobFailuresIntegrationTests {

    private static final Duration LONG = Duration.ofSeconds(120);

    private static JobQueues queues(RedisServer redis, String prefix) {
        return JobQueues.builder(redis.jedis()).keyPrefix(prefix).build();
    }

    /** The numbers of the jobs that ran, and how often. */
    private static List<Integer> runs(RedisServer redis, String prefix) {
        List<?> all = (List<?>) Objects.requireNonNull(redis.command("HVALS", prefix + ":done"));
        return all.stream().map(value -> Integer.valueOf(value.toString())).toList();
    }

    @Test
    void aHundredThousandJobsOverThreeProcessesThatAreKilledAreAllDone(RedisServer redis) throws Exception {
        int count = 100_000;
        String prefix = redis.uniquePrefix();
        JobQueue queue = queues(redis, prefix).queue(JobProcess.QUEUE);
        List<JavaProcess> processes = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            processes.add(JavaProcess.start(JobProcess.class, redis.url(), prefix, "4"));
        }
        int kills = 0;
        long inFlight = 0;
        try {
            for (JavaProcess process : processes) {
                process.awaitLine("ready", LONG);
            }
            Thread enqueuer = new Thread(() -> enqueue(queue, count));
            enqueuer.start();
            Random random = new Random(7);
            for (int step = 1; step <= 4; step++) {
                long enough = count / 6L * step;
                await().atMost(LONG).until(() -> queue.stats(1).totals().completed() >= enough);
                int victim = random.nextInt(processes.size());
                processes.get(victim).kill();
                // At most what a worker may hold: its slots and a batch ahead.
                inFlight += 4 + 50 + 50;
                kills++;
                processes.set(victim, JavaProcess.start(JobProcess.class, redis.url(), prefix, "4"));
            }
            enqueuer.join();
            await().atMost(LONG).until(() -> queue.stats(1).totals().completed() >= count);
            JobStats stats = queue.stats(1);
            assertThat(stats.waiting() + stats.active() + stats.delayed() + stats.dead())
                    .isZero();
        } finally {
            processes.forEach(JavaProcess::close);
        }

        List<Integer> runs = runs(redis, prefix);
        assertThat(runs).hasSize(count);
        long again = runs.stream().mapToLong(times -> times - 1).sum();
        assertThat(runs.stream().mapToInt(times -> times).max().orElse(0)).isLessThanOrEqualTo(1 + kills);
        // Only what a killed process held runs again, each as an attempt that counts.
        assertThat(again).isLessThanOrEqualTo(queue.stats(1).totals().stalled());
        assertThat(queue.stats(1).totals().stalled())
                .isLessThanOrEqualTo(inFlight)
                .isPositive();
        assertThat(redis.command("SCARD", prefix + ":unexplained")).isEqualTo(0L);
        redis.command("DEL", prefix + ":done");
    }

    private static void enqueue(JobQueue queue, int count) {
        for (int from = 0; from < count; from += 1_000) {
            List<JobRequest> requests = new ArrayList<>();
            for (int i = from; i < from + 1_000; i++) {
                requests.add(JobRequest.of("count", i).withAttempts(20));
            }
            queue.enqueueAll(requests);
        }
    }

    @Test
    void theJobsOfAKilledWorkerRunElsewhereWithinTheLeaseAndASecond(RedisServer redis) throws Exception {
        String prefix = redis.uniquePrefix();
        CompletableFuture<Instant> freed = new CompletableFuture<>();
        JobQueues queues = queues(redis, prefix);
        JobQueue queue = queues.queue(JobProcess.QUEUE);
        EnqueuedJob job = queue.enqueue(JobRequest.of("count", -1).withAttempts(3));
        try (JavaProcess other = JavaProcess.start(JobProcess.class, redis.url(), prefix, "1");
                JobWorker worker = queues.worker(JobProcess.QUEUE)
                        .lease(JobProcess.LEASE)
                        .handler("count", Integer.class, (number, context) -> {
                            assertThat(context.attempt()).isEqualTo(2);
                            freed.complete(Instant.now());
                            return null;
                        })
                        .build()) {
            other.waitFor(LONG);
            Instant leaseUntil =
                    Objects.requireNonNull(queue.find(job.id()).orElseThrow().leaseUntil());
            worker.start();

            // The server's clock is this machine's.
            assertThat(freed.get(LONG.toMillis(), TimeUnit.MILLISECONDS))
                    .isBetween(leaseUntil.minusMillis(5), leaseUntil.plusSeconds(1));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aWorkerThatWasPausedForLongerThanItsLeaseLearnsThatItLost(boolean endedMeanwhile, RedisServer redis)
            throws Exception {
        String prefix = redis.uniquePrefix();
        CountDownLatch taken = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        JobQueues queues = queues(redis, prefix);
        JobQueue queue = queues.queue(JobProcess.QUEUE);
        EnqueuedJob job =
                queue.enqueue(JobRequest.of("hold", "mine").withAttempts(3).withKeep(Duration.ofMinutes(10)));
        try (JavaProcess paused = JavaProcess.start(JobProcess.class, redis.url(), prefix, "1");
                JobWorker worker = queues.worker(JobProcess.QUEUE)
                        .lease(JobProcess.LEASE)
                        .handler("hold", String.class, (payload, context) -> {
                            taken.countDown();
                            end.await();
                            return "other's";
                        })
                        .build()) {
            paused.awaitLine("holding 1", LONG);
            paused.pause();
            long begun = System.nanoTime();
            worker.start();

            assertThat(taken.await(60, TimeUnit.SECONDS)).isTrue();
            // A second more than the lease, and half a second for busy cores.
            assertThat(Duration.ofNanos(System.nanoTime() - begun))
                    .isLessThan(JobProcess.LEASE.plus(Duration.ofMillis(1_500)));
            if (endedMeanwhile) {
                // Its handler ends as soon as it goes on; else it is interrupted.
                paused.send("g");
            }
            paused.resume();
            await().atMost(LONG).until(() -> {
                paused.send("s");
                return paused.lines().stream().anyMatch(line -> line.contains("lost=1"));
            });
            assertThat(queue.find(job.id()).orElseThrow().state()).isEqualTo(JobState.ACTIVE);
            end.countDown();
            await().atMost(LONG).until(() -> queue.find(job.id()).orElseThrow().state() == JobState.COMPLETED);

            JobInfo info = queue.find(job.id()).orElseThrow();
            assertThat(info.attempts()).isEqualTo(2);
            assertThat(info.result()).isEqualTo("\"other's\"");
            await().atMost(LONG).until(() -> queue.stats(1).totals().completed() == 1);
            JobStats.Totals totals = queue.stats(1).totals();
            assertThat(totals.stalled()).isEqualTo(1);
            assertThat(totals.failed() + totals.dead()).isZero();
            assertThat(paused.lines()).noneMatch(line -> line.contains("completed=1"));
        }
    }

    @Test
    void aJobThatKillsItsProcessEachTimeIsDead(RedisServer redis) throws Exception {
        String prefix = redis.uniquePrefix();
        JobQueue queue = queues(redis, prefix).queue(JobProcess.QUEUE);
        EnqueuedJob poison = queue.enqueue(JobRequest.of("count", -1).withAttempts(2));

        for (int i = 0; i < 2; i++) {
            try (JavaProcess process = JavaProcess.start(JobProcess.class, redis.url(), prefix, "1")) {
                process.waitFor(LONG);
            }
        }
        queue.enqueue(JobRequest.of("count", 1));
        try (JavaProcess process = JavaProcess.start(JobProcess.class, redis.url(), prefix, "1")) {
            await().atMost(LONG)
                    .until(() -> queue.find(poison.id()).orElseThrow().state() == JobState.DEAD
                            && runs(redis, prefix).size() == 1);
            assertThat(process.lines()).contains("ready");
        }
        assertThat(queue.find(poison.id()).orElseThrow().errors()).hasSize(2).allMatch(error -> error.type()
                .equals("lease-expired"));
        redis.command("DEL", prefix + ":done");
    }

    @Test
    void aTickIsOneJobAlsoIfAnInstanceIsKilledAtIt(RedisServer redis) throws Exception {
        String prefix = redis.uniquePrefix();
        JobQueue queue = queues(redis, prefix).queue(JobProcess.QUEUE);
        List<JavaProcess> processes = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            processes.add(JavaProcess.start(JobProcess.class, redis.url(), prefix, "1"));
        }
        try {
            for (JavaProcess process : processes) {
                process.awaitLine("ready", LONG);
            }
            queue.schedule(Recurrence.every("r", Duration.ofMillis(500), JobRequest.of("count", 0)));
            for (int kills = 0; kills < 2; kills++) {
                int done = runs(redis, prefix).size();
                await().atMost(LONG).until(() -> runs(redis, prefix).size() >= done + 3);
                long tick = queue.schedules().get(0).next().toEpochMilli();
                await().pollInterval(Duration.ofMillis(1)).until(() -> serverMillis(redis) >= tick);
                processes.get(kills).kill();
            }
            int done = runs(redis, prefix).size();
            await().atMost(LONG).until(() -> runs(redis, prefix).size() >= done + 3);
            queue.unschedule("r");
            await().atMost(LONG)
                    .until(() -> queue.stats(1).waiting() + queue.stats(1).active() == 0);
        } finally {
            processes.forEach(JavaProcess::close);
        }

        List<?> ids = (List<?>) Objects.requireNonNull(redis.command("HKEYS", prefix + ":done"));
        List<Long> ticks = ids.stream()
                .map(id -> Long.valueOf(id.toString().substring("r@".length())))
                .sorted()
                .toList();
        assertThat(ticks).hasSizeGreaterThanOrEqualTo(9);
        for (int i = 1; i < ticks.size(); i++) {
            assertThat(ticks.get(i) - ticks.get(i - 1)).isEqualTo(500);
        }
        // Those that were killed may have been in the middle of a run.
        assertThat(runs(redis, prefix).stream().filter(times -> times > 1)).hasSizeLessThanOrEqualTo(2);
        redis.command("DEL", prefix + ":done");
    }

    private static long serverMillis(RedisServer redis) {
        List<?> time = (List<?>) Objects.requireNonNull(redis.command("TIME"));
        return Long.parseLong(time.get(0).toString()) * 1_000
                + Long.parseLong(time.get(1).toString()) / 1_000;
    }

    @Test
    void aPausedWorkerThatResumesFinishesNothingItHasLost(RedisServer redis) throws Exception {
        String prefix = redis.uniquePrefix();
        JobQueues queues = queues(redis, prefix);
        JobQueue queue = queues.queue(JobProcess.QUEUE);
        AtomicInteger calls = new AtomicInteger();
        CountDownLatch go = new CountDownLatch(1);
        WakeUps wakeUps = new WakeUps(redis.jedis(), prefix, Duration.ofSeconds(10));
        JobProtocol protocol = queue.protocol();
        EnqueuedJob job = queue.enqueue(JobRequest.of("count", 1).withKeep(Duration.ofMinutes(1)));
        // The zombie: it has taken the job and sleeps past its lease.
        TakenJob taken = protocol.step("z", 1, new JobProtocol.Limits(500, 5, 0, 1, 100, 100), "", List.of())
                .jobs()
                .get(0);
        try (JobWorker worker = queues.worker(JobProcess.QUEUE)
                .lease(JobProcess.LEASE)
                .handler("count", Integer.class, (number, context) -> {
                    calls.incrementAndGet();
                    go.await();
                    return "second";
                })
                .build()) {
            worker.start();
            await().until(() -> calls.get() == 1);

            Step late = protocol.step(
                    "z",
                    0,
                    new JobProtocol.Limits(500, 5, 0, 1, 100, 100),
                    "",
                    List.of(Outcome.completed(taken, Duration.ofMinutes(1), "\"first\"")));
            assertThat(late.late()).containsExactly(job.id());
            go.countDown();
            await().until(() -> queue.result(job.id(), String.class).isPresent());
            assertThat(queue.result(job.id(), String.class)).contains("second");
        }
        wakeUps.close();
    }

    @Test
    void aServerThatIsKilledAndRestartedWithItsFileLosesNoAcknowledgedJob(@TempDir Path directory) throws Exception {
        try (RedisServer redis =
                RedisServer.start("--appendonly", "yes", "--appendfsync", "always", "--dir", directory.toString())) {
            JobQueues queues = queues(redis, "aof");
            JobQueue queue = queues.queue("q");
            List<String> done = Collections.synchronizedList(new ArrayList<>());
            List<String> acknowledged = Collections.synchronizedList(new ArrayList<>());
            try (JobWorker worker = queues.worker("q")
                    .lease(Duration.ofSeconds(2))
                    .concurrency(2)
                    .handler("t", Integer.class, (number, context) -> {
                        done.add(context.id());
                        return null;
                    })
                    .build()) {
                worker.start();
                CompletableFuture<Void> enqueuing = CompletableFuture.runAsync(() -> {
                    for (int i = 0; i < 400; i++) {
                        try {
                            acknowledged.add(
                                    queue.enqueue(JobRequest.of("t", i)).id());
                        } catch (RuntimeException ex) {
                            // Not acknowledged: it may run or not.
                            i--;
                        }
                    }
                });
                await().until(() -> acknowledged.size() >= 100);
                redis.kill();
                redis.restart();

                enqueuing.join();
                await().atMost(LONG).until(() -> done.containsAll(acknowledged));
                assertThat(acknowledged).hasSize(400);
            }
            queues.close();
        }
    }

    @Test
    void aFullServerTellsTheEnqueuerAndWorkersGoOn() {
        try (RedisServer redis = RedisServer.start("--maxmemory-policy", "noeviction")) {
            JobQueues queues = queues(redis, "full");
            JobQueue queue = queues.queue("q");
            List<Integer> done = Collections.synchronizedList(new ArrayList<>());
            List<JobRequest> requests = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                requests.add(JobRequest.of("t", i));
            }
            queue.enqueueAll(requests);
            redis.command("CONFIG", "SET", "maxmemory", "1000000");

            assertThatExceptionOfType(JobQueueFullException.class)
                    .isThrownBy(() -> queue.enqueue(JobRequest.of("t", 1_000)))
                    .withMessageContaining("nothing was enqueued in 'q'");
            assertThatExceptionOfType(JobQueueFullException.class).isThrownBy(() -> queue.enqueueAll(requests));
            assertThat(queue.stats(1).waiting()).isEqualTo(200);
            try (JobWorker worker = queues.worker("q")
                    .lease(Duration.ofMillis(600))
                    .concurrency(4)
                    .backoff(Backoff.fixed(Duration.ofMillis(1)))
                    .handler("t", Integer.class, (number, context) -> {
                        context.heartbeat();
                        if (context.attempt() == 1 && number % 10 == 0) {
                            throw new IllegalStateException("again");
                        }
                        done.add(number);
                        return null;
                    })
                    .build()) {
                worker.start();
                await().atMost(LONG)
                        .until(() -> done.size() == 200 && queue.stats(1).active() == 0);
                assertThat(done).doesNotHaveDuplicates();
            }
            redis.command("CONFIG", "SET", "maxmemory", "0");
            assertThat(queue.enqueue(JobRequest.of("t", 1)).created()).isTrue();
            queues.close();
        }
    }

    @Test
    void aServerThatHangsForAWhileStopsNothing() {
        try (RedisServer redis = RedisServer.start()) {
            JobQueues queues = queues(redis, "hang");
            JobQueue queue = queues.queue("q");
            AtomicInteger done = new AtomicInteger();
            CountDownLatch go = new CountDownLatch(1);
            try (JobWorker worker = queues.worker("q")
                    .lease(Duration.ofSeconds(30))
                    .handler("t", String.class, (payload, context) -> {
                        if (payload.equals("wait")) {
                            go.await();
                        }
                        done.incrementAndGet();
                        return null;
                    })
                    .build()) {
                worker.start();
                queue.enqueue(JobRequest.of("t", "wait"));
                await().until(() -> queue.stats(1).active() == 1);
                redis.pause();
                go.countDown();
                // The end can't be reported now: commands time out after two seconds.
                await().until(() -> done.get() == 1);
                redis.resume();

                await().until(() -> queue.stats(1).totals().completed() == 1);
                queue.enqueue(JobRequest.of("t", "next"));
                await().until(() -> done.get() == 2);
            }
            queues.close();
        }
    }

    @Test
    void aLostWakeUpIsMadeUpForByTheSafetyPoll(RedisServer redis) {
        String prefix = redis.uniquePrefix();
        WakeUps deaf = new WakeUps(redis.jedis(), prefix, Duration.ofMillis(300));
        deaf.close();
        try (JobQueues queues = JobQueues.builder(redis.jedis())
                        .keyPrefix(prefix)
                        .wakeUps(deaf)
                        .calls(ConnectionGuard.of(redis.jedis()))
                        .build();
                JobWorker worker = queues.worker("q")
                        .handler("t", String.class, (payload, context) -> "x")
                        .build()) {
            worker.start();
            await().until(() -> queues.queue("q").stats(1).workers() == 1);

            EnqueuedJob job = queues.queue("q").enqueue(JobRequest.of("t", "x"));

            await().until(() -> queues.queue("q").result(job.id(), String.class).isPresent());
        }
    }
}
