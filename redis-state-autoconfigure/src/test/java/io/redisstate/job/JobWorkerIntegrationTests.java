package io.redisstate.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import io.redisstate.core.KeySpace;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@RedisTest
class JobWorkerIntegrationTests {

    private static final String QUEUE = "work";
    private static final Backoff AT_ONCE = Backoff.fixed(Duration.ofMillis(1));

    private final List<JobWorker> workers = new ArrayList<>();
    private RedisServer redis;
    private String prefix;
    private JobQueues queues;
    private JobQueue queue;

    @BeforeEach
    void queue(RedisServer shared) {
        redis = shared;
        prefix = redis.uniquePrefix();
        queues = JobQueues.builder(redis.jedis()).keyPrefix(prefix).build();
        queue = queues.queue(QUEUE);
    }

    @AfterEach
    void end() {
        workers.forEach(JobWorker::close);
        queues.close();
    }

    private JobWorker worker(UnaryOperator<JobWorker.Builder> options, JobFunction<String> function) {
        return worker(queues, options, function);
    }

    private JobWorker worker(JobQueues of, UnaryOperator<JobWorker.Builder> options, JobFunction<String> function) {
        JobWorker worker = options.apply(of.worker(QUEUE).backoff(AT_ONCE).handler("t", String.class, function))
                .build();
        workers.add(worker);
        worker.start();
        return worker;
    }

    private String key(String part) {
        return KeySpace.of(prefix, "job").key(QUEUE, part);
    }

    private JobState stateOf(EnqueuedJob job) {
        return queue.find(job.id()).orElseThrow().state();
    }

    private static JobRequest job(String payload) {
        return JobRequest.of("t", payload);
    }

    @Test
    void retriesFollowTheBackoffAndThenTheJobIsDeadWithItsHistory() {
        List<Instant> attempts = Collections.synchronizedList(new ArrayList<>());
        worker(options -> options, (payload, context) -> {
            attempts.add(Instant.now());
            assertThat(context.attempt()).isEqualTo(attempts.size());
            assertThat(context.maxAttempts()).isEqualTo(4);
            throw new IllegalStateException("no " + context.attempt());
        });

        EnqueuedJob job = queue.enqueue(job("x").withAttempts(4)
                .withBackoff(new Backoff(Duration.ofMillis(100), 2, Duration.ofMillis(300), 0)));

        await().until(() -> stateOf(job) == JobState.DEAD);
        assertThat(attempts).hasSize(4);
        long[] least = {100, 200, 300};
        for (int i = 0; i < 3; i++) {
            // A handler's end is reported within milliseconds; the wait begins with the report.
            assertThat(Duration.between(attempts.get(i), attempts.get(i + 1)).toMillis())
                    .isGreaterThanOrEqualTo(least[i] - 5);
        }
        JobInfo dead = queue.find(job.id()).orElseThrow();
        assertThat(dead.errors()).hasSize(4).extracting(JobError::attempt).containsExactly(1, 2, 3, 4);
        JobError last = dead.lastError().orElseThrow();
        assertThat(last.type()).isEqualTo(IllegalStateException.class.getName());
        assertThat(last.message()).isEqualTo("no 4");
        assertThat(last.stack()).contains("JobWorkerIntegrationTests").hasSizeLessThanOrEqualTo(4_000);
        assertThat(queue.stats(1).dead()).isOne();
        assertThat(queue.stats(1).totals().failed()).isEqualTo(4);
    }

    @Test
    void theWaitsBetweenAttemptsGrowUpToTheLongest() {
        worker(options -> options, (payload, context) -> {
            throw new IllegalStateException("no");
        });
        EnqueuedJob job = queue.enqueue(
                job("x").withAttempts(5).withBackoff(new Backoff(Duration.ofHours(1), 2, Duration.ofHours(3), 0)));

        for (int attempt = 1; attempt <= 4; attempt++) {
            int failed = attempt;
            await().until(() -> stateOf(job) == JobState.DELAYED
                    && queue.find(job.id()).orElseThrow().attempts() == failed);
            JobInfo info = queue.find(job.id()).orElseThrow();
            Duration wait = Duration.between(info.lastError().orElseThrow().at(), info.dueAt());
            // The wait begins with the report, which may take a moment.
            Duration expected = Duration.ofHours(Math.min(3, 1L << (attempt - 1)));
            assertThat(wait).isBetween(expected.minusMillis(5), expected.plusMinutes(1));
            assertThat(queue.promote(job.id())).isTrue();
        }
        await().until(() -> stateOf(job) == JobState.DEAD);
    }

    @Test
    void requeuedDeadJobsHaveAllTheirAttemptsAgain() {
        AtomicInteger calls = new AtomicInteger();
        worker(options -> options.attempts(2), (payload, context) -> {
            if (calls.incrementAndGet() <= 2) {
                throw new IllegalStateException("not yet");
            }
            return "done";
        });
        EnqueuedJob job = queue.enqueue(job("x"));
        await().until(() -> stateOf(job) == JobState.DEAD);

        assertThat(queue.requeueDead(job.id())).isTrue();

        await().until(() -> stateOf(job) == JobState.COMPLETED);
        assertThat(queue.find(job.id()).orElseThrow().attempts()).isOne();
        assertThat(queue.find(job.id()).orElseThrow().errors()).hasSize(2);
        assertThat(queue.requeueDead(job.id())).isFalse();
        assertThat(queue.requeueAllDead(10)).isZero();
        assertThat(queue.remove(job.id())).isTrue();
        assertThat(queue.find(job.id())).isEmpty();
    }

    @Test
    void exceptionsSayWhetherAndWhenToTryAgain() {
        AtomicInteger calls = new AtomicInteger();
        worker(options -> options.backoff(Backoff.fixed(Duration.ofHours(1))), (payload, context) -> switch (payload) {
            case "never" -> throw new NonRetryableJobException("the address does not exist");
            case "later" -> {
                if (calls.incrementAndGet() == 1) {
                    throw new RetryJobAfterException(Duration.ofMillis(50), "busy");
                }
                yield "ok";
            }
            default -> CompletableFuture.failedFuture(new IllegalStateException("asynchronous"));
        });

        EnqueuedJob never = queue.enqueue(job("never"));
        EnqueuedJob later = queue.enqueue(job("later"));
        EnqueuedJob async = queue.enqueue(job("async"));

        await().until(() -> stateOf(never) == JobState.DEAD);
        assertThat(queue.find(never.id()).orElseThrow().attempts()).isOne();
        await().until(() -> stateOf(later) == JobState.COMPLETED);
        assertThat(calls).hasValue(2);
        await().until(() -> stateOf(async) == JobState.DELAYED);
        assertThat(queue.find(async.id())
                        .orElseThrow()
                        .lastError()
                        .orElseThrow()
                        .message())
                .isEqualTo("asynchronous");
    }

    @Test
    void aPayloadThatCanNotBeReadIsDeadWithTheReasonAndNotLost() {
        JobWorker worker = queues.worker(QUEUE)
                .handler("t", Duration.class, (payload, context) -> null)
                .build();
        workers.add(worker);
        worker.start();

        EnqueuedJob job = queue.enqueue(JobRequest.of("t", List.of("renamed")));

        await().until(() -> stateOf(job) == JobState.DEAD);
        JobInfo dead = queue.find(job.id()).orElseThrow();
        assertThat(dead.attempts()).isOne();
        assertThat(dead.lastError().orElseThrow().message()).contains("can't be read as java.time.Duration");
        assertThat(dead.payload()).isEqualTo("[\"renamed\"]");
    }

    @Test
    void aTypeNobodyHandlesIsTriedAgainAndThenDead() {
        worker(options -> options.attempts(2), (payload, context) -> null);

        EnqueuedJob job = queue.enqueue(JobRequest.of("unknown", "x"));

        await().until(() -> stateOf(job) == JobState.DEAD);
        assertThat(queue.find(job.id()).orElseThrow().errors()).hasSize(2).allMatch(error -> error.message()
                .contains("No handler for jobs of type 'unknown'"));
    }

    @Test
    void theTimeoutInterruptsAndCountsAsAFailure() {
        CountDownLatch never = new CountDownLatch(1);
        AtomicInteger interrupted = new AtomicInteger();
        worker(options -> options.attempts(2).timeout(Duration.ofMillis(100)), (payload, context) -> {
            try {
                never.await();
                return null;
            } catch (InterruptedException ex) {
                assertThat(context.isCancelled()).isTrue();
                interrupted.incrementAndGet();
                throw ex;
            }
        });

        EnqueuedJob job = queue.enqueue(job("x"));

        await().until(() -> stateOf(job) == JobState.DEAD);
        assertThat(interrupted).hasValue(2);
        assertThat(queue.find(job.id()).orElseThrow().lastError().orElseThrow().type())
                .isEqualTo(JobTimeoutException.class.getName());
    }

    @Test
    void cancellingARunningJobInterruptsItsHandlerAtOnce() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CompletableFuture<Boolean> ended = new CompletableFuture<>();
        worker(options -> options.lease(Duration.ofMinutes(5)), (payload, context) -> {
            begun.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException ex) {
                ended.complete(context.isCancelled());
                throw ex;
            }
            return null;
        });
        EnqueuedJob job = queue.enqueue(job("x").withKeep(Duration.ofMinutes(1)));
        assertThat(begun.await(10, TimeUnit.SECONDS)).isTrue();

        assertThat(queue.cancel(job.id())).isTrue();

        // Long before the lease is renewed for the first time.
        assertThat(ended).succeedsWithin(Duration.ofSeconds(10)).isEqualTo(true);
        await().until(() -> stateOf(job) == JobState.CANCELLED);
        assertThat(redis.command("EXISTS", key("cancelled"))).isEqualTo(0L);
        EnqueuedJob next = queue.enqueue(job("next").withKeep(Duration.ofMinutes(1)));
        await().until(() -> stateOf(next) == JobState.ACTIVE);
        queue.cancel(next.id());
    }

    @Test
    void progressIsSeenWhileTheJobRuns() {
        CountDownLatch go = new CountDownLatch(1);
        worker(options -> options, (payload, context) -> {
            context.progress(java.util.Map.of("percent", 40));
            context.heartbeat();
            go.await();
            return null;
        });
        EnqueuedJob job = queue.enqueue(job("x"));

        await().until(() ->
                "{\"percent\":40}".equals(queue.find(job.id()).orElseThrow().progress()));
        assertThat(queue.find(job.id()).orElseThrow().leaseUntil()).isNotNull();
        go.countDown();
        await().until(() -> queue.find(job.id()).isEmpty());
        assertThat(redis.command("EXISTS", key("progress"))).isEqualTo(0L);
    }

    @Test
    void asManyJobsRunAtATimeAsAllowedAndNoMore() {
        AtomicInteger now = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        AtomicInteger done = new AtomicInteger();
        CountDownLatch go = new CountDownLatch(1);
        worker(options -> options.concurrency(4), (payload, context) -> {
            most.accumulateAndGet(now.incrementAndGet(), Math::max);
            go.await();
            now.decrementAndGet();
            done.incrementAndGet();
            return null;
        });
        queue.enqueueAll(Collections.nCopies(40, job("x")));
        await().until(() -> now.get() == 4);
        assertThat(queue.stats(1).active()).isEqualTo(4);
        go.countDown();

        await().until(() -> done.get() == 40);
        assertThat(most).hasValue(4);
    }

    @Test
    void jobsTakenAheadGoBackWhenTheOneBeforeThemTakesLong() {
        CountDownLatch go = new CountDownLatch(1);
        AtomicInteger done = new AtomicInteger();
        JobFunction<String> function = (payload, context) -> {
            if (payload.equals("long")) {
                go.await();
            }
            done.incrementAndGet();
            return null;
        };
        worker(options -> options, function);
        queue.enqueueAll(Collections.nCopies(300, job("short")));
        await().until(() -> done.get() == 300);

        List<JobRequest> mixed = new ArrayList<>(List.of(job("long")));
        mixed.addAll(Collections.nCopies(20, job("short")));
        queue.enqueueAll(mixed);
        await().until(() -> queue.stats(1).active() >= 1);
        JobQueues other = JobQueues.builder(redis.jedis()).keyPrefix(prefix).build();
        worker(other, options -> options, function);

        await().until(() -> done.get() == 320);
        go.countDown();
        await().until(() -> done.get() == 321);
        assertThat(queue.stats(1).totals().stalled()).isZero();
        other.close();
    }

    @Test
    void aWorkerThatStopsWaitsForWhatRunsAndGivesTheRestBack() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        JobWorker worker = worker(options -> options, (payload, context) -> {
            begun.countDown();
            go.await();
            return "done";
        });
        List<EnqueuedJob> jobs = queue.enqueueAll(List.of(job("a"), job("b"), job("c")));
        assertThat(begun.await(10, TimeUnit.SECONDS)).isTrue();

        CompletableFuture<Void> stopped = CompletableFuture.runAsync(worker::stop);
        await().until(() -> !worker.isRunning());
        assertThat(stopped).isNotDone();
        go.countDown();

        assertThat(stopped).succeedsWithin(Duration.ofSeconds(10));
        assertThat(stateOf(jobs.get(0))).isEqualTo(JobState.COMPLETED);
        assertThat(stateOf(jobs.get(1))).isEqualTo(JobState.WAITING);
        assertThat(queue.find(jobs.get(1).id()).orElseThrow().attempts()).isZero();
        assertThat(queue.stats(1).active()).isZero();
    }

    @Test
    void afterTheTimeToDrainHandlersAreInterruptedAndTheirJobsGoBackWithoutAnAttempt() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        JobWorker worker = worker(options -> options.drain(Duration.ofMillis(50)), (payload, context) -> {
            begun.countDown();
            new CountDownLatch(1).await();
            return null;
        });
        EnqueuedJob job = queue.enqueue(job("a"));
        assertThat(begun.await(10, TimeUnit.SECONDS)).isTrue();

        worker.stop();

        assertThat(stateOf(job)).isEqualTo(JobState.WAITING);
        assertThat(queue.find(job.id()).orElseThrow().attempts()).isZero();
        assertThat(queue.find(job.id()).orElseThrow().errors()).isEmpty();
    }

    @Test
    void noMoreJobsBeginThanTheRateLimitAllows() {
        List<Long> begun = Collections.synchronizedList(new ArrayList<>());
        queue.enqueueAll(Collections.nCopies(12, job("x")));
        worker(options -> options.concurrency(8).rateLimit(10, Duration.ofSeconds(1)), (payload, context) -> {
            begun.add(System.nanoTime());
            return null;
        });

        await().atMost(Duration.ofSeconds(20)).until(() -> begun.size() == 12);
        // One at once, and then one each 100 ms, by the server's clock.
        assertThat(TimeUnit.NANOSECONDS.toMillis(begun.get(11) - begun.get(0))).isGreaterThanOrEqualTo(1_000);
    }

    @Test
    void aLeaseKeyDeletedByHandIsNoticedAndTheJobsRunAgain() {
        AtomicInteger calls = new AtomicInteger();
        CountDownLatch go = new CountDownLatch(1);
        worker(options -> options.lease(Duration.ofSeconds(1)), (payload, context) -> {
            if (calls.incrementAndGet() == 1) {
                go.await();
            }
            return null;
        });
        EnqueuedJob job = queue.enqueue(job("x").withKeep(Duration.ofMinutes(1)));
        await().until(() -> calls.get() == 1);

        redis.command("DEL", key("active"));

        await().until(() -> stateOf(job) == JobState.COMPLETED);
        assertThat(calls).hasValue(2);
        go.countDown();
    }

    @Test
    void aStaleOwnerNeitherFinishesTheJobNorFreesTheUniqueKeyOfTheNewOne() {
        EnqueuedJob job = queue.enqueue(job("x").withUniqueKey("k").withKeep(Duration.ofMinutes(1)));
        JobProtocol protocol = queue.protocol();
        JobProtocol.Limits brief = new JobProtocol.Limits(1, 5, 0, 1, 100, 100);
        TakenJob old = protocol.step("a", 1, brief, "", List.of()).jobs().get(0);
        List<TakenJob> again = new ArrayList<>();
        JobProtocol.Limits longer = new JobProtocol.Limits(60_000, 5, 0, 1, 100, 100);
        await().until(() -> {
            again.addAll(protocol.step("b", 1, longer, "", List.of()).jobs());
            return !again.isEmpty();
        });

        Step late = protocol.step("a", 0, brief, "", List.of(Outcome.completed(old, Duration.ofMinutes(1), "\"old\"")));

        assertThat(late.late()).containsExactly(job.id());
        assertThat(protocol.heartbeat(1_000, List.of(old))).containsExactly(0);
        assertThat(protocol.progress(old, "1")).isFalse();
        assertThat(queue.enqueue(job("y").withUniqueKey("k")).created()).isFalse();
        assertThat(stateOf(job)).isEqualTo(JobState.ACTIVE);
        assertThat(again.get(0).attempt()).isEqualTo(2);
        assertThat(queue.stats(1).totals().stalled()).isOne();

        Step done = protocol.step(
                "b", 0, longer, "", List.of(Outcome.completed(again.get(0), Duration.ofMinutes(1), "\"new\"")));
        assertThat(done.late()).isEmpty();
        assertThat(queue.result(job.id(), String.class)).contains("new");
        assertThat(queue.enqueue(job("y").withUniqueKey("k")).created()).isTrue();
    }

    @Test
    void aJobThatKillsItsWorkerEachTimeIsDeadAfterItsAttempts() {
        EnqueuedJob job = queue.enqueue(job("poison"));
        JobProtocol.Limits brief = new JobProtocol.Limits(1, 3, 0, 1, 100, 100);
        List<TakenJob> taken = new ArrayList<>();

        await().until(() -> {
            taken.addAll(queue.protocol().step("a", 1, brief, "", List.of()).jobs());
            return stateOf(job) == JobState.DEAD;
        });

        assertThat(taken).hasSize(3);
        assertThat(queue.find(job.id()).orElseThrow().errors()).hasSize(3).allMatch(error -> error.type()
                .equals("lease-expired"));
        assertThat(queue.stats(1).totals().stalled()).isEqualTo(3);
    }

    @Test
    void aDelayLongerThanTheLeaseRunsOnce() {
        AtomicInteger calls = new AtomicInteger();
        worker(options -> options.lease(Duration.ofMillis(500)), (payload, context) -> {
            calls.incrementAndGet();
            return "x";
        });

        EnqueuedJob job = queue.enqueue(job("x").withDelay(Duration.ofMillis(1_800)));

        await().until(() -> stateOf(job) == JobState.COMPLETED);
        assertThat(calls).hasValue(1);
    }

    @Test
    void aJobLongerThanTheLeaseKeepsIt() {
        AtomicInteger calls = new AtomicInteger();
        worker(options -> options.lease(Duration.ofMillis(600)).concurrency(2), (payload, context) -> {
            calls.incrementAndGet();
            Instant end = Instant.now().plusMillis(2_000);
            await().until(() -> Instant.now().isAfter(end));
            return "x";
        });

        EnqueuedJob job = queue.enqueue(job("x"));

        await().until(() -> stateOf(job) == JobState.COMPLETED);
        assertThat(calls).hasValue(1);
        assertThat(queue.stats(1).totals().stalled()).isZero();
    }

    @Test
    void deadJobsAreBounded() {
        worker(options -> options.maxDead(5), (payload, context) -> {
            throw new NonRetryableJobException("no");
        });
        List<EnqueuedJob> jobs = queue.enqueueAll(Collections.nCopies(12, job("x")));

        await().until(() -> queue.stats(1).totals().dead() == 12);

        assertThat(queue.stats(1).dead()).isEqualTo(5);
        assertThat(queue.find(jobs.get(0).id())).isEmpty();
        assertThat(queue.find(jobs.get(11).id())).isPresent();
    }

    @Test
    void badOptionsAreNamed() {
        assertThatIllegalStateException()
                .isThrownBy(() -> queues.worker("q").build())
                .withMessageContaining("'q'");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> queues.worker("q").concurrency(0))
                .withMessageContaining("concurrency");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> queues.worker("q").lease(Duration.ofMillis(1)))
                .withMessageContaining("lease");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> queues.worker("q")
                        .handler("t", String.class, (payload, context) -> null)
                        .handler("t", String.class, (payload, context) -> null))
                .withMessageContaining("two handlers");
    }
}
