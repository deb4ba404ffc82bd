package io.redisstate.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import io.redisstate.core.JsonCodec;
import io.redisstate.core.KeySpace;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.data.redis.connection.RedisStandaloneConfiguration;
import org.springframework.data.redis.connection.jedis.JedisClientConfiguration;
import org.springframework.data.redis.connection.jedis.JedisConnectionFactory;
import tools.jackson.databind.json.JsonMapper;

/** What becomes of jobs: one end for each, whatever happens at it. */
@RedisTest
class JobEndsIntegrationTests {

    private static final String QUEUE = "ends";
    private static final Duration KEEP = Duration.ofMinutes(1);
    private static final JobProtocol.Limits LIMITS = new JobProtocol.Limits(60_000, 5, 0, 1, 100, 100);

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

    private void worker(JobFunction<String> function) {
        JobWorker worker = queues.worker(QUEUE)
                .backoff(Backoff.fixed(Duration.ofMillis(1)))
                .handler("t", String.class, function)
                .build();
        workers.add(worker);
        worker.start();
    }

    private static JobRequest job(String payload) {
        return JobRequest.of("t", payload);
    }

    private JobState stateOf(EnqueuedJob job) {
        return queue.find(job.id()).orElseThrow().state();
    }

    private String key(String part) {
        return KeySpace.of(prefix, "job").key(QUEUE, part);
    }

    private TakenJob take() {
        return queue.protocol().step("w", 1, LIMITS, "", List.of()).jobs().get(0);
    }

    private Step tell(Outcome... outcomes) {
        return queue.protocol().step("w", 0, LIMITS, "", List.of(outcomes));
    }

    private static String error() {
        return "{\"attempt\":1,\"at\":1,\"type\":\"t\",\"message\":\"m\",\"stack\":\"\"}";
    }

    @Test
    void ofTwoEndsOfAJobTheFirstCounts() {
        EnqueuedJob again = queue.enqueue(job("a"));
        TakenJob first = take();
        EnqueuedJob dead = queue.enqueue(job("b"));
        TakenJob second = take();

        Step told = tell(
                Outcome.again(first, Duration.ofHours(1), error()),
                Outcome.notBegun(first),
                Outcome.dead(second, error()),
                Outcome.notBegun(second));

        assertThat(told.late()).isEmpty();
        assertThat(stateOf(again)).isEqualTo(JobState.DELAYED);
        assertThat(stateOf(dead)).isEqualTo(JobState.DEAD);
        assertThat(queue.stats(1).waiting()).isZero();
        assertThat(queue.find(again.id()).orElseThrow().attempts()).isOne();
    }

    @Test
    void whatHasBecomeOfAJobIsSaidOnce() {
        queue.enqueue(job("a"));
        JobExecution execution = new JobExecution(
                take(),
                QUEUE,
                5,
                queue.protocol(),
                new JobFormat(new JsonCodec(JsonMapper.builder().build())),
                60_000);

        assertThat(execution.conclude()).isTrue();
        assertThat(execution.conclude()).isFalse();
    }

    @Test
    void aJobThatGoesBackAlthoughItsEndWasAskedForIsCancelled() {
        EnqueuedJob kept = queue.enqueue(job("a").withKeep(KEEP));
        TakenJob first = take();
        EnqueuedJob plain = queue.enqueue(job("b"));
        TakenJob second = take();
        queue.cancel(kept.id());
        queue.cancel(plain.id());

        tell(Outcome.notBegun(first), Outcome.notBegun(second));

        assertThat(stateOf(kept)).isEqualTo(JobState.CANCELLED);
        assertThat(queue.find(plain.id())).isEmpty();
        assertThat(queue.stats(1).waiting()).isZero();
        assertThat(queue.stats(1).totals().cancelled()).isEqualTo(2);
        assertThat(redis.command("EXISTS", key("cancelled"))).isEqualTo(0L);
    }

    @Test
    void aCancelledJobWhoseWorkerDiedIsKeptIfItWasToBe() {
        EnqueuedJob job = queue.enqueue(job("a").withKeep(KEEP));
        JobProtocol.Limits brief = new JobProtocol.Limits(1, 5, 0, 1, 100, 100);
        queue.protocol().step("w", 1, brief, "", List.of());
        queue.cancel(job.id());

        await().until(() -> {
            tell();
            return stateOf(job) == JobState.CANCELLED;
        });

        assertThat(queue.stats(1).totals().cancelled()).isOne();
    }

    @Test
    void whatFailedStaysKnownOfACancelledJobThatIsKept() {
        EnqueuedJob kept = queue.enqueue(job("a").withKeep(KEEP));
        tell(Outcome.again(take(), Duration.ofHours(1), error()));

        assertThat(queue.cancel(kept.id())).isTrue();

        assertThat(stateOf(kept)).isEqualTo(JobState.CANCELLED);
        assertThat(queue.find(kept.id()).orElseThrow().errors()).hasSize(1);
        assertThat(queue.remove(kept.id())).isTrue();
        assertThat(redis.command("EXISTS", key("errors"))).isEqualTo(0L);
    }

    /** Anybody's code. */
    private static final class Indescribable extends RuntimeException {

        private static final long serialVersionUID = 1L;

        @Override
        public String getMessage() {
            throw new IllegalStateException("no message");
        }

        @Override
        public String toString() {
            throw new IllegalStateException("no text");
        }

        @Override
        public void printStackTrace(PrintWriter to) {
            throw new IllegalStateException("no stack");
        }
    }

    @Test
    void aFailureThatCanNotBeDescribedIsAFailureAndHoldsNoSlot() {
        CompletableFuture<String> ran = new CompletableFuture<>();
        worker((payload, context) -> {
            if (payload.equals("bad")) {
                throw new Indescribable();
            }
            ran.complete(payload);
            return null;
        });

        EnqueuedJob bad = queue.enqueue(job("bad").withAttempts(2));
        await().until(() -> stateOf(bad) == JobState.DEAD);
        queue.enqueue(job("good"));

        assertThat(ran).succeedsWithin(Duration.ofSeconds(10)).isEqualTo("good");
        assertThat(queue.find(bad.id()).orElseThrow().errors()).hasSize(2).allMatch(error -> error.type()
                .equals(Indescribable.class.getName()));
    }

    /** Has no end when it is written. */
    public static final class Endless {

        public Endless getSelf() {
            return this;
        }
    }

    @Test
    void aJobWhoseResultCanNotBeWrittenIsDeadAtOnceAndNotRunAgain() {
        AtomicInteger calls = new AtomicInteger();
        worker((payload, context) -> {
            calls.incrementAndGet();
            return new Endless();
        });

        EnqueuedJob job = queue.enqueue(job("x").withAttempts(3));

        await().until(() -> stateOf(job) == JobState.DEAD);
        assertThat(calls).hasValue(1);
        assertThat(queue.find(job.id()).orElseThrow().lastError().orElseThrow().message())
                .contains("has completed")
                .contains("can't be written as JSON");
    }

    @Test
    void aDeadJobComesBackOnlyIfNoOtherHasItsUniqueKeyByNow() {
        EnqueuedJob dead = queue.enqueue(job("a").withUniqueKey("k"));
        tell(Outcome.dead(take(), error()));
        EnqueuedJob other = queue.enqueue(job("b").withUniqueKey("k"));
        assertThat(other.created()).isTrue();

        assertThat(queue.requeueDead(dead.id())).isFalse();
        assertThat(queue.requeueAllDead(10)).isZero();
        assertThat(stateOf(dead)).isEqualTo(JobState.DEAD);

        tell(Outcome.completed(take(), Duration.ZERO, ""));
        assertThat(queue.requeueDead(dead.id())).isTrue();
        // The key is its own again.
        EnqueuedJob third = queue.enqueue(job("c").withUniqueKey("k"));
        assertThat(third.created()).isFalse();
        assertThat(third.id()).isEqualTo(dead.id());
        tell(Outcome.completed(take(), Duration.ZERO, ""));
        assertThat(queue.enqueue(job("d").withUniqueKey("k")).created()).isTrue();
    }

    @Test
    void ofTwoDeadJobsWithAUniqueKeyOneComesBack() {
        EnqueuedJob first = queue.enqueue(job("a").withUniqueKey("k"));
        tell(Outcome.dead(take(), error()));
        EnqueuedJob second = queue.enqueue(job("b").withUniqueKey("k"));
        tell(Outcome.dead(take(), error()));

        assertThat(queue.requeueAllDead(10)).isOne();

        assertThat(stateOf(first)).isEqualTo(JobState.WAITING);
        assertThat(stateOf(second)).isEqualTo(JobState.DEAD);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void fiveThousandJobsWaitForOne(boolean completes) {
        EnqueuedJob parent = queue.enqueue(job("parent"));
        TakenJob taken = take();
        queue.enqueueAll(Collections.nCopies(4_900, job("child").withAfter(List.of(parent.id()))));
        for (int i = 0; i < 100; i++) {
            queue.enqueue(job("child").withAfter(List.of(parent.id())));
        }
        assertThat(queue.stats(1).held()).isEqualTo(5_000);

        tell(completes ? Outcome.completed(taken, Duration.ZERO, "") : Outcome.cancelled(taken, Duration.ZERO));

        JobStats stats = queue.stats(1);
        assertThat(completes ? stats.waiting() : stats.totals().dead()).isEqualTo(5_000);
        assertThat(stats.held()).isZero();
        assertThat(redis.command("EXISTS", key("children"))).isEqualTo(0L);
    }

    @Test
    void onlyIdsCanBeNamedAsThoseToRunAfter() {
        for (String id : List.of("", "-", "a b", "a,b", "a\nb", "ü")) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> job("x").withAfter(List.of(id)))
                    .withMessageContaining("'" + id + "' is not the id of a job");
        }
        EnqueuedJob any = queue.enqueue(job("any"));
        EnqueuedJob child = queue.enqueue(job("x").withAfter(List.of(any.id(), "a+job%2C@1700000000000")));
        assertThat(queue.find(child.id()).orElseThrow().after()).hasSize(2);
    }

    @Test
    void pagesOfWaitingJobsSkipNoneWhileTheQueueDrains() {
        queue.enqueueAll(Collections.nCopies(30, job("x")));
        JobPage first = queue.list(JobState.WAITING, "", 10);
        List<String> ids =
                new ArrayList<>(first.jobs().stream().map(JobInfo::id).toList());
        // Those seen leave, the last one of the page too.
        queue.protocol().step("w", 10, LIMITS, "", List.of());

        JobPage next = first;
        while (next.next().isPresent()) {
            next = queue.list(JobState.WAITING, next.next().orElseThrow(), 10);
            next.jobs().forEach(job -> ids.add(job.id()));
        }

        assertThat(ids).hasSize(30).doesNotHaveDuplicates();
    }

    @Test
    void pagesOfJobsOfOneScoreSkipNone() {
        EnqueuedJob parent = queue.enqueue(job("parent"));
        List<EnqueuedJob> children =
                queue.enqueueAll(Collections.nCopies(25, job("child").withAfter(List.of(parent.id()))));
        JobPage first = queue.list(JobState.HELD, "", 10);
        queue.cancel(first.jobs().get(9).id());
        JobPage second = queue.list(JobState.HELD, first.next().orElseThrow(), 10);
        JobPage third = queue.list(JobState.HELD, second.next().orElseThrow(), 10);

        List<String> ids = new ArrayList<>();
        List.of(first, second, third).forEach(page -> page.jobs().forEach(job -> ids.add(job.id())));
        assertThat(ids)
                .containsExactlyInAnyOrderElementsOf(
                        children.stream().map(EnqueuedJob::id).toList());
        assertThat(third.next()).isEmpty();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> queue.list(JobState.HELD, "10", 10))
                .withMessageContaining("'10'");
    }

    @Test
    void completedAndCancelledJobsAreListedApart() {
        List<String> completed = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            completed.add(
                    0, queue.enqueue(job("x").withKeep(KEEP.plusSeconds(i))).id());
            tell(Outcome.completed(take(), KEEP.plusSeconds(i), ""));
        }
        for (int i = 0; i < 5; i++) {
            queue.cancel(queue.enqueue(job("x").withKeep(KEEP)).id());
        }

        List<String> listed = new ArrayList<>();
        JobPage page = queue.list(JobState.COMPLETED, "", 3);
        page.jobs().forEach(job -> listed.add(job.id()));
        while (page.next().isPresent()) {
            page = queue.list(JobState.COMPLETED, page.next().orElseThrow(), 3);
            page.jobs().forEach(job -> listed.add(job.id()));
        }

        assertThat(listed).isEqualTo(completed);
        assertThat(queue.list(JobState.CANCELLED, "", 100).jobs())
                .hasSize(5)
                .allMatch(job -> job.state() == JobState.CANCELLED);
    }

    @Test
    void aTimeoutDoesNotWaitForRedis() throws Exception {
        try (RedisServer hanging = RedisServer.start()) {
            var patient = new JedisConnectionFactory(
                    new RedisStandaloneConfiguration(hanging.host(), hanging.port()),
                    JedisClientConfiguration.builder()
                            .readTimeout(Duration.ofSeconds(60))
                            .usePooling()
                            .build());
            patient.afterPropertiesSet();
            patient.start();
            CountDownLatch begun = new CountDownLatch(1);
            CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
            JobQueues itsQueues =
                    JobQueues.builder(patient).keyPrefix("timeout").build();
            try (JobWorker worker = itsQueues
                    .worker(QUEUE)
                    .lease(Duration.ofMillis(600))
                    .timeout(Duration.ofSeconds(1))
                    .handler("t", String.class, (payload, context) -> {
                        begun.countDown();
                        try {
                            new CountDownLatch(1).await();
                        } catch (InterruptedException ex) {
                            interrupted.complete(true);
                            throw ex;
                        }
                        return null;
                    })
                    .build()) {
                worker.start();
                itsQueues.queue(QUEUE).enqueue(job("x"));
                begun.await();
                // The renewal of the lease, each 200 ms, waits from now on.
                hanging.pause();
                try {
                    assertThat(interrupted).succeedsWithin(Duration.ofSeconds(20));
                } finally {
                    hanging.resume();
                }
            } finally {
                itsQueues.close();
                patient.destroy();
            }
        }
    }
}
