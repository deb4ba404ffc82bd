package io.redisstate.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import io.redisstate.core.KeySpace;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@RedisTest
class JobQueueIntegrationTests {

    private static final String QUEUE = "email";

    private final List<String> order = Collections.synchronizedList(new ArrayList<>());
    private final List<JobWorker> workers = new ArrayList<>();
    private RedisServer redis;
    private String prefix;
    private JobQueues queues;
    private JobQueue queue;

    record Mail(String to, int number) {}

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

    private JobWorker worker(JobFunction<Mail> function) {
        JobWorker worker =
                queues.worker(QUEUE).handler("mail", Mail.class, function).build();
        workers.add(worker);
        worker.start();
        return worker;
    }

    /** Takes the jobs one by one, so that the order can be seen. */
    private void runAll(int count) {
        worker((mail, context) -> {
            order.add(mail.to());
            return null;
        });
        await().until(() -> order.size() == count);
    }

    private static JobRequest mail(String to) {
        return JobRequest.of("mail", new Mail(to, 1));
    }

    @Test
    void runsAJobWithItsPayloadAndKeepsItsResult() {
        CompletableFuture<Mail> got = new CompletableFuture<>();
        worker((mail, context) -> {
            got.complete(mail);
            return Map.of("sent", mail.to());
        });

        EnqueuedJob job = queue.enqueue(mail("ada").withMetadata(Map.of("trace", "a=b&c d")));

        assertThat(job.created()).isTrue();
        assertThat(got).succeedsWithin(Duration.ofSeconds(10)).isEqualTo(new Mail("ada", 1));
        await().until(() -> queue.find(job.id())
                .map(JobInfo::state)
                .filter(JobState.COMPLETED::equals)
                .isPresent());
        JobInfo info = queue.find(job.id()).orElseThrow();
        assertThat(queue.result(job.id(), Map.class)).contains(Map.of("sent", "ada"));
        assertThat(info.metadata()).containsExactly(Map.entry("trace", "a=b&c d"));
        assertThat(info.type()).isEqualTo("mail");
        assertThat(info.queue()).isEqualTo(QUEUE);
        assertThat(info.attempts()).isOne();
        assertThat(info.payload()).contains("ada");
        assertThat(info.startedAt()).isNotNull();
        assertThat(info.finishedAt())
                .isNotNull()
                .isBetween(info.createdAt(), Instant.now().plusSeconds(60));
        assertThat(redis.command("ZSCORE", KeySpace.of(prefix, "job").key(QUEUE, "active"), job.id()))
                .isNull();
    }

    @Test
    void aJobWithoutAResultLeavesNothingBehindUnlessItIsToBeKept() {
        EnqueuedJob plain = queue.enqueue(mail("a"));
        EnqueuedJob kept = queue.enqueue(mail("b").withKeep(Duration.ofMinutes(1)));

        runAll(2);

        await().until(() -> queue.stats(1).active() == 0);
        assertThat(queue.find(plain.id())).isEmpty();
        assertThat(queue.find(kept.id()).orElseThrow().state()).isEqualTo(JobState.COMPLETED);
        assertThat(queue.find(kept.id()).orElseThrow().result()).isNull();
        assertThat(redis.keys(prefix)).noneMatch(key -> key.endsWith(":data") || key.endsWith(":attempt"));
    }

    @Test
    void bulkEnqueueIsOneRoundTripAndKeepsTheOrder() throws Exception {
        List<JobRequest> requests = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            requests.add(mail(Integer.toString(i)));
        }
        queue.enqueue(mail("first"));

        var commands = redis.count(() -> assertThat(queue.enqueueAll(requests)).hasSize(500));

        assertThat(commands.of("evalsha")).isOne();
        runAll(501);
        assertThat(order.subList(1, 501))
                .isEqualTo(IntStream.range(0, 500).mapToObj(Integer::toString).toList());
    }

    @Test
    void moreThanAThousandJobsAreEnqueuedTogether() {
        List<JobRequest> requests = new ArrayList<>(Collections.nCopies(2_500, mail("x")));

        Set<String> ids = new HashSet<>();
        queue.enqueueAll(requests).forEach(job -> ids.add(job.id()));

        assertThat(ids).hasSize(2_500);
        assertThat(queue.stats(1).waiting()).isEqualTo(2_500);
        assertThat(queue.drain(false)).isEqualTo(2_500);
        assertThat(queue.stats(1).waiting()).isZero();
        assertThat(redis.keys(prefix)).noneMatch(key -> key.endsWith(":data"));
    }

    @Test
    void theHigherPriorityGoesFirstAndEqualOnesInTheirOrder() {
        queue.enqueueAll(List.of(
                mail("low").withPriority(-5),
                mail("a"),
                mail("high").withPriority(1000),
                mail("b"),
                mail("lowest").withPriority(-1000),
                mail("c")));

        runAll(6);

        assertThat(order).containsExactly("high", "a", "b", "c", "low", "lowest");
    }

    @Test
    void groupsOfAPriorityTakeTurns() {
        List<JobRequest> requests = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            requests.add(mail("big" + i).withGroup("big"));
        }
        for (int i = 0; i < 3; i++) {
            requests.add(mail("small" + i).withGroup("small"));
            requests.add(mail("none" + i));
        }
        requests.add(mail("urgent").withGroup("big").withPriority(1));
        queue.enqueueAll(requests);

        runAll(27);

        assertThat(order.get(0)).isEqualTo("urgent");
        for (int turn = 0; turn < 3; turn++) {
            assertThat(order.subList(1 + 3 * turn, 4 + 3 * turn))
                    .containsExactlyInAnyOrder("big" + turn, "small" + turn, "none" + turn);
        }
        assertThat(order.subList(10, 27)).allMatch(name -> name.startsWith("big"));
    }

    @Test
    void aGroupThatComesLateIsNotBehindTheBacklogOfAnother() {
        for (int i = 0; i < 10; i++) {
            queue.enqueue(mail("big" + i).withGroup("big"));
        }
        JobProtocol.Limits limits = new JobProtocol.Limits(60_000, 5, 0, 1, 100, 100);
        assertThat(queue.protocol().step("w", 3, limits, "", List.of()).jobs()).hasSize(3);

        EnqueuedJob late = queue.enqueue(mail("late").withGroup("late"));

        assertThat(queue.protocol().step("w", 2, limits, "", List.of()).jobs())
                .extracting(TakenJob::id)
                .contains(late.id());
    }

    @Test
    void aDelayedJobRunsNotBeforeItsTime() {
        Instant before = serverTime();
        queue.enqueue(mail("later").withDelay(Duration.ofMillis(400)));
        queue.enqueue(mail("at").withTime(before.plusMillis(700)));
        CompletableFuture<Instant> later = new CompletableFuture<>();
        CompletableFuture<Instant> at = new CompletableFuture<>();

        worker((mail, context) -> {
            (mail.to().equals("at") ? at : later).complete(serverTime());
            return null;
        });

        assertThat(later).succeedsWithin(Duration.ofSeconds(10));
        assertThat(at).succeedsWithin(Duration.ofSeconds(10));
        assertThat(later.join()).isAfterOrEqualTo(before.plusMillis(400));
        assertThat(at.join()).isAfterOrEqualTo(before.plusMillis(700).truncatedTo(ChronoUnit.MILLIS));
    }

    private Instant serverTime() {
        List<?> time = Objects.requireNonNull((List<?>) redis.command("TIME"));
        return Instant.ofEpochSecond(
                Long.parseLong(time.get(0).toString()),
                Long.parseLong(time.get(1).toString()) * 1000);
    }

    @Test
    void promotedAndReprioritisedJobsGoFirst() {
        EnqueuedJob delayed = queue.enqueue(mail("delayed").withDelay(Duration.ofHours(1)));
        queue.enqueue(mail("a"));
        EnqueuedJob b = queue.enqueue(mail("b"));

        assertThat(queue.promote(delayed.id())).isTrue();
        assertThat(queue.promote(b.id())).isFalse();
        assertThat(queue.reprioritise(b.id(), 10)).isTrue();
        assertThat(queue.reprioritise("no-such", 10)).isFalse();
        assertThat(queue.find(b.id()).orElseThrow().priority()).isEqualTo(10);

        runAll(3);
        assertThat(order).containsExactly("b", "a", "delayed");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> queue.reprioritise(b.id(), 1001))
                .withMessageContaining("1000");
    }

    @Test
    void fiftyConcurrentEnqueuesOfOneUniqueKeyGiveOneJob() throws Exception {
        CountDownLatch start = new CountDownLatch(1);
        List<CompletableFuture<EnqueuedJob>> all = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            CompletableFuture<EnqueuedJob> one = new CompletableFuture<>();
            all.add(one);
            new Thread(() -> {
                        try {
                            start.await();
                            one.complete(queue.enqueue(mail("x").withUniqueKey("order 42")));
                        } catch (Exception ex) {
                            one.completeExceptionally(ex);
                        }
                    })
                    .start();
        }
        start.countDown();

        Set<String> ids = new HashSet<>();
        int created = 0;
        for (CompletableFuture<EnqueuedJob> one : all) {
            ids.add(one.get().id());
            created += one.get().created() ? 1 : 0;
        }
        assertThat(ids).hasSize(1);
        assertThat(created).isOne();
        assertThat(queue.stats(1).waiting()).isOne();
        assertThat(queue.find(ids.iterator().next()).orElseThrow().uniqueKey()).isEqualTo("order 42");
    }

    @Test
    void aUniqueKeyIsFreeAgainWhenItsJobIsFinishedButNotWithinItsWindow() {
        EnqueuedJob first = queue.enqueue(mail("1").withUniqueKey("k"));
        EnqueuedJob windowed = queue.enqueue(mail("2").withUniqueKey("w", Duration.ofHours(1)));
        EnqueuedJob brief = queue.enqueue(mail("3").withUniqueKey("b", Duration.ofMillis(300)));
        worker((mail, context) -> {
            order.add(mail.to());
            return null;
        });
        await().until(() -> order.size() == 3 && queue.stats(1).active() == 0);
        assertThat(queue.find(windowed.id())).isEmpty();

        EnqueuedJob again = queue.enqueue(mail("4").withUniqueKey("w", Duration.ofHours(1)));
        EnqueuedJob second = queue.enqueue(mail("5").withUniqueKey("k"));
        assertThat(second.created()).isTrue();
        assertThat(second.id()).isNotEqualTo(first.id());
        assertThat(again.created()).isFalse();
        assertThat(again.id()).isEqualTo(windowed.id());
        List<EnqueuedJob> later = new ArrayList<>();
        await().until(() -> {
            later.add(queue.enqueue(mail("6").withUniqueKey("b", Duration.ofHours(1))));
            return later.get(later.size() - 1).created();
        });
        assertThat(later.subList(0, later.size() - 1))
                .allSatisfy(stood -> assertThat(stood.id()).isEqualTo(brief.id()));
    }

    @Test
    void drainingRemovesWhatIsReadyOrAllThatIsNotDueEither() {
        queue.enqueueAll(Collections.nCopies(1_200, mail("ready")));
        queue.enqueueAll(Collections.nCopies(700, mail("later").withDelay(Duration.ofHours(1))));
        EnqueuedJob held = queue.enqueue(mail("held")
                .withAfter(List.of(
                        queue.list(JobState.DELAYED, "", 1).jobs().get(0).id())));

        assertThat(queue.drain(false)).isEqualTo(1_200);
        assertThat(queue.stats(1).waiting()).isZero();
        assertThat(queue.stats(1).delayed()).isEqualTo(700);
        queue.enqueueAll(Collections.nCopies(600, mail("ready")));

        assertThat(queue.drain(true)).isEqualTo(1_300);
        assertThat(queue.drain(true)).isZero();
        // What it waited for is gone.
        assertThat(queue.find(held.id()).orElseThrow().state()).isEqualTo(JobState.DEAD);
        assertThat(queue.remove(held.id())).isTrue();
        assertThat(redis.keys(prefix)).noneMatch(key -> key.endsWith(":data") || key.endsWith(":order"));
    }

    @Test
    void allDeadJobsAreRequeuedThoseThatDiedFirstBeforeOthers() {
        for (int i = 0; i < 25; i++) {
            queue.enqueue(mail(Integer.toString(i)));
        }
        JobProtocol.Limits limits = new JobProtocol.Limits(60_000, 5, 0, 1, 100, 100);
        List<TakenJob> taken =
                queue.protocol().step("w", 25, limits, "", List.of()).jobs();
        for (TakenJob job : taken) {
            queue.protocol().step("w", 0, limits, "", List.of(Outcome.dead(job, "{\"attempt\":1}")));
        }
        assertThat(queue.stats(1).dead()).isEqualTo(25);

        assertThat(queue.requeueAllDead(10)).isEqualTo(10);
        assertThat(queue.stats(1).dead()).isEqualTo(15);
        assertThat(queue.requeueAllDead(1_000)).isEqualTo(15);
        assertThat(queue.requeueAllDead(1_000)).isZero();

        assertThat(queue.list(JobState.WAITING, "", 100).jobs()).allMatch(job -> job.attempts() == 0);
        runAll(25);
        assertThat(order).hasSize(25).doesNotHaveDuplicates();
    }

    @Test
    void aJobRunsAfterTheOnesItNames() {
        EnqueuedJob a = queue.enqueue(mail("a"));
        EnqueuedJob b = queue.enqueue(mail("b").withDelay(Duration.ofMillis(300)));
        EnqueuedJob last = queue.enqueue(mail("last").withPriority(9).withAfter(List.of(a.id(), b.id(), "gone")));

        assertThat(queue.find(last.id()).orElseThrow().state()).isEqualTo(JobState.HELD);
        assertThat(queue.find(last.id()).orElseThrow().after()).containsExactly(a.id(), b.id(), "gone");
        assertThat(queue.list(JobState.HELD, "", 10).jobs())
                .extracting(JobInfo::id)
                .containsExactly(last.id());
        runAll(3);

        assertThat(order).containsExactly("a", "b", "last");
    }

    @Test
    void aJobWhoseParentIsCancelledIsDeadAndSaysWhy() {
        EnqueuedJob parent = queue.enqueue(mail("a").withDelay(Duration.ofHours(1)));
        EnqueuedJob child = queue.enqueue(mail("b").withAfter(List.of(parent.id())));

        assertThat(queue.cancel(parent.id())).isTrue();

        JobInfo info = queue.find(child.id()).orElseThrow();
        assertThat(info.state()).isEqualTo(JobState.DEAD);
        assertThat(info.lastError().orElseThrow().type()).isEqualTo("parent-cancelled");
        assertThat(info.lastError().orElseThrow().message()).contains(parent.id());
    }

    @Test
    void aCancelledJobThatWaitsIsGone() {
        EnqueuedJob ready = queue.enqueue(mail("a"));
        EnqueuedJob kept =
                queue.enqueue(mail("b").withKeep(Duration.ofMinutes(1)).withUniqueKey("k"));

        assertThat(queue.cancel(ready.id())).isTrue();
        assertThat(queue.cancel(ready.id())).isFalse();
        assertThat(queue.cancel(kept.id())).isTrue();

        assertThat(queue.find(ready.id())).isEmpty();
        assertThat(queue.find(kept.id()).orElseThrow().state()).isEqualTo(JobState.CANCELLED);
        assertThat(queue.enqueue(mail("c").withUniqueKey("k")).created()).isTrue();
        assertThat(queue.stats(1).totals().cancelled()).isEqualTo(2);
    }

    @Test
    void aPausedQueueGivesNothingUntilItIsResumed() {
        assertThat(queue.pause()).isTrue();
        assertThat(queue.pause()).isFalse();
        queue.enqueue(mail("a"));
        worker((mail, context) -> {
            order.add(mail.to());
            return null;
        });
        // Its first step has come and gone with a job there to be taken.
        await().until(() -> queue.stats(1).workers() == 1);
        assertThat(queue.stats(1).paused()).isTrue();
        assertThat(queue.stats(1).waiting()).isOne();
        assertThat(order).isEmpty();

        assertThat(queue.resume()).isTrue();

        await().until(() -> order.size() == 1);
        assertThat(queue.resume()).isFalse();
    }

    @Test
    void listsAStateInPages() {
        for (int i = 0; i < 25; i++) {
            queue.enqueue(mail(Integer.toString(i)).withDelay(Duration.ofMinutes(1 + i)));
        }

        JobPage first = queue.list(JobState.DELAYED, "", 10);
        JobPage second = queue.list(JobState.DELAYED, first.next().orElseThrow(), 10);
        JobPage third = queue.list(JobState.DELAYED, second.next().orElseThrow(), 10);

        assertThat(third.next()).isEmpty();
        List<String> payloads = new ArrayList<>();
        for (JobPage page : List.of(first, second, third)) {
            page.jobs().forEach(job -> payloads.add(job.payload()));
        }
        assertThat(payloads).hasSize(25).doesNotHaveDuplicates();
        assertThat(payloads.get(0)).contains("\"0\"");
        assertThat(queue.list(JobState.WAITING, "", 10).jobs()).isEmpty();
        assertThatIllegalArgumentException().isThrownBy(() -> queue.list(JobState.DEAD, "", 501));
    }

    @Test
    void statsTellCountsThroughputAndLatencies() {
        for (int i = 0; i < 30; i++) {
            queue.enqueue(mail("x"));
        }
        queue.enqueue(mail("y").withDelay(Duration.ofHours(1)));
        JobStats before = queue.stats(5);
        assertThat(before.waiting()).isEqualTo(30);
        assertThat(before.delayed()).isOne();
        runAll(30);

        await().until(() -> queue.stats(5).recent().completed() == 30);
        JobStats stats = queue.stats(5);
        assertThat(stats.totals().completed()).isEqualTo(30);
        assertThat(stats.recent().waited().count()).isEqualTo(30);
        assertThat(stats.recent().ran().count()).isEqualTo(30);
        assertThat(stats.recent().ran().p99())
                .isGreaterThanOrEqualTo(stats.recent().ran().p50());
        assertThat(stats.recent().completedPerSecond()).isEqualTo(30 / 300.0);
        assertThat(stats.workers()).isOne();
        assertThat(stats.oldestWaiting()).isZero();
    }

    @Test
    void theOldestWaitingJobIsLookedForInEveryPriority() {
        queue.enqueue(mail("old").withPriority(-7));
        await().until(() -> queue.stats(1).oldestWaiting().toMillis() >= 50);
        queue.enqueue(mail("new").withPriority(7));

        assertThat(queue.stats(1).oldestWaiting()).isGreaterThanOrEqualTo(Duration.ofMillis(50));
    }

    @Test
    void keysAreBoundedAndGoWithTheJobs() {
        queue.enqueue(mail("a").withGroup("g"));
        queue.enqueue(mail("b").withUniqueKey("u"));
        runAll(2);
        await().until(() -> queue.stats(1).active() == 0);
        workers.forEach(JobWorker::close);

        assertThat(redis.keys(prefix))
                .allMatch(key -> key.endsWith(":control")
                        || key.endsWith(":workers")
                        || key.endsWith(":idle")
                        || key.endsWith(":stats"));
    }
}
