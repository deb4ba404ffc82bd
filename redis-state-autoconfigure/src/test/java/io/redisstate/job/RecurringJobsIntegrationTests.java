package io.redisstate.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.redisstate.core.KeySpace;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@RedisTest
class RecurringJobsIntegrationTests {

    private static final String QUEUE = "reports";
    private static final ZoneId UTC = ZoneId.of("UTC");

    private final Map<String, AtomicInteger> ran = new ConcurrentHashMap<>();
    private final List<JobQueues> all = new ArrayList<>();
    private final List<JobWorker> workers = new ArrayList<>();
    private RedisServer redis;
    private String prefix;
    private JobQueue queue;

    @BeforeEach
    void queue(RedisServer shared) {
        redis = shared;
        prefix = redis.uniquePrefix();
        queue = instance().queue(QUEUE);
    }

    @AfterEach
    void end() {
        workers.forEach(JobWorker::close);
        all.forEach(JobQueues::close);
    }

    private JobQueues instance() {
        JobQueues queues = JobQueues.builder(redis.jedis()).keyPrefix(prefix).build();
        all.add(queues);
        return queues;
    }

    private JobWorker worker() {
        JobWorker worker = instance()
                .worker(QUEUE)
                .lease(Duration.ofSeconds(2))
                .handler("report", String.class, (payload, context) -> {
                    ran.computeIfAbsent(context.id(), id -> new AtomicInteger()).incrementAndGet();
                    return null;
                })
                .build();
        workers.add(worker);
        worker.start();
        return worker;
    }

    /** The tick is in the id. */
    private List<Long> ticks() {
        return ran.keySet().stream()
                .map(id -> Long.parseLong(id.substring(id.indexOf('@') + 1)))
                .sorted()
                .toList();
    }

    private long next() {
        return queue.schedules().get(0).next().toEpochMilli();
    }

    private void setNext(long millis) {
        redis.command("ZADD", KeySpace.of(prefix, "job").key(QUEUE, "ticks"), Long.toString(millis), "r");
    }

    private static JobRequest request() {
        return JobRequest.of("report", "x");
    }

    @Test
    void eachTickRunsOnceOverAllInstancesAlsoWhenOneStops() {
        queue.schedule(Recurrence.every("r", Duration.ofMillis(200), request()));
        JobWorker first = worker();
        worker();
        worker();
        await().until(() -> ran.size() >= 4);
        first.stop();
        await().until(() -> ran.size() >= 9);
        queue.unschedule("r");

        List<Long> ticks = ticks();
        for (int i = 1; i < ticks.size(); i++) {
            assertThat(ticks.get(i) - ticks.get(i - 1)).isEqualTo(200);
        }
        assertThat(ticks.get(0) % 200).isZero();
        assertThat(ran.values()).allMatch(count -> count.get() == 1);
        assertThat(queue.schedules()).isEmpty();
    }

    @Test
    void aCronExpressionRunsInItsZone() {
        Recurrence nightly = Recurrence.cron("r", "0 30 3 * * *", ZoneId.of("Asia/Kolkata"), request());

        assertThat(queue.schedule(nightly)).isTrue();
        assertThat(queue.schedule(nightly)).isFalse();

        ScheduledRecurrence scheduled = queue.schedules().get(0);
        assertThat(scheduled.cron()).isEqualTo("0 30 3 * * *");
        // 3:30 there is 22:00 UTC.
        assertThat(scheduled.next().atZone(UTC).getHour()).isEqualTo(22);
        assertThat(scheduled.next().atZone(UTC).getMinute()).isZero();
        setNext(System.currentTimeMillis() - 1_000);
        worker();
        await().until(() -> ran.size() == 1);
        assertThat(next()).isEqualTo(scheduled.next().toEpochMilli());
    }

    @Test
    void missedTicksRunOnceByDefault() {
        queue.schedule(Recurrence.every("r", Duration.ofMinutes(1), request()));
        long missed = next() - Duration.ofMinutes(10).toMillis();
        setNext(missed);

        worker();

        await().until(() -> next() > System.currentTimeMillis());
        await().until(() -> ran.size() == 1);
        assertThat(ticks()).containsExactly(missed);
    }

    @Test
    void missedTicksAreSkippedIfSoWanted() {
        queue.schedule(Recurrence.every("r", Duration.ofMinutes(1), request()).withMisfire(MisfirePolicy.SKIP));
        setNext(next() - Duration.ofMinutes(10).toMillis());

        worker();

        await().until(() -> next() > System.currentTimeMillis());
        assertThat(queue.stats(1).waiting() + queue.stats(1).active()).isZero();
        assertThat(ran).isEmpty();
    }

    @Test
    void missedTicksAllRunIfSoWanted() {
        queue.schedule(Recurrence.every("r", Duration.ofMinutes(1), request()).withMisfire(MisfirePolicy.RUN_ALL));
        long next = next();
        setNext(next - Duration.ofMinutes(5).toMillis());

        worker();

        await().until(() -> ran.size() == 5);
        assertThat(ticks()).hasSize(5).startsWith(next - 300_000).endsWith(next - 60_000);
    }

    @Test
    void anUnreadableDefinitionNeitherStopsTheQueueNorKeepsItBusy() {
        redis.command("HSET", KeySpace.of(prefix, "job").key(QUEUE, "recurring"), "r", "{}");
        setNext(1_000);
        worker();
        queue.enqueue(request());
        await().until(() -> ran.size() == 1);

        queue.enqueue(request());
        await().until(() -> ran.size() == 2);

        assertThat(redis.command("ZSCORE", KeySpace.of(prefix, "job").key(QUEUE, "ticks"), "r"))
                .isEqualTo("1000");
        assertThat(queue.unschedule("r")).isTrue();
    }

    @Test
    void aChangedDefinitionCountsFromNow() {
        queue.schedule(Recurrence.every("r", Duration.ofDays(1), request()));
        assertThat(queue.schedule(Recurrence.every("r", Duration.ofMillis(300), request())))
                .isTrue();

        worker();

        await().until(() -> ran.size() >= 2);
        assertThat(queue.unschedule("r")).isTrue();
        assertThat(queue.unschedule("r")).isFalse();
    }
}
