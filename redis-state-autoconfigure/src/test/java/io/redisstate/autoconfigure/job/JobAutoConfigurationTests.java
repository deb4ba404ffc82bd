package io.redisstate.autoconfigure.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.redisstate.autoconfigure.RedisStateAutoConfiguration;
import io.redisstate.core.method.InvalidAnnotationException;
import io.redisstate.job.EnqueuedJob;
import io.redisstate.job.JobContext;
import io.redisstate.job.JobHandler;
import io.redisstate.job.JobQueue;
import io.redisstate.job.JobQueues;
import io.redisstate.job.JobRequest;
import io.redisstate.job.JobRetry;
import io.redisstate.job.JobState;
import io.redisstate.job.JobWorker;
import io.redisstate.job.RecurringJob;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

@RedisTest
class JobAutoConfigurationTests {

    private ApplicationContextRunner runner = new ApplicationContextRunner();

    record Mail(String to, List<Integer> numbers) {}

    @BeforeEach
    void redis(RedisServer redis) {
        runner = new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(RedisStateAutoConfiguration.class, JobAutoConfiguration.class))
                .withPropertyValues("redis-state.key-prefix=" + redis.uniquePrefix())
                .withBean("redisConnectionFactory", RedisConnectionFactory.class, redis::newJedis);
    }

    @Test
    void annotatedMethodsHandleJobs() {
        runner.withBean(Mailer.class).run(context -> {
            JobQueues queues = context.getBean(JobQueues.class);
            EnqueuedJob sent = queues.enqueue(JobRequest.of("send", new Mail("ada", List.of(1, 2))));
            EnqueuedJob failed = queues.queue("send").enqueue(JobRequest.of("fail"));
            JobQueue queue = queues.queue("send");

            await().until(() -> queue.result(sent.id(), String.class).isPresent());
            assertThat(queue.result(sent.id(), String.class)).contains("ada [1, 2] 1");
            await().until(() -> queue.find(failed.id()).orElseThrow().state() == JobState.DEAD);
            assertThat(queue.find(failed.id()).orElseThrow().errors()).hasSize(2);
        });
    }

    @Test
    void recurringMethodsRunAtTheirTicks() {
        runner.withBean(Cleaner.class).run(context -> {
            Cleaner cleaner = context.getBean(Cleaner.class);
            await().until(() -> cleaner.runs.size() >= 3);
            assertThat(context.getBean(JobQueues.class).queue("clean").schedules())
                    .hasSize(1)
                    .allMatch(scheduled -> scheduled.everyMillis() == 200);
        });
    }

    @Test
    void propertiesOfAQueueCountMoreThanItsAnnotations() {
        runner.withBean(Mailer.class)
                .withPropertyValues("redis-state.job.queues.send.workers=false")
                .run(context ->
                        assertThat(context.getBean(JobWorkers.class).workers()).isEmpty());
        runner.withBean(Mailer.class).withBean(Cleaner.class).run(context -> assertThat(
                        context.getBean(JobWorkers.class).workers())
                .extracting(JobWorker::queue)
                .containsExactly("clean", "send"));
    }

    @Test
    void aProcessWithoutWorkersCanEnqueue() {
        runner.withBean(Mailer.class)
                .withPropertyValues("redis-state.job.workers=false")
                .run(context -> {
                    assertThat(context.getBean(JobWorkers.class).workers()).isEmpty();
                    JobQueue queue = context.getBean(JobQueues.class).queue("send");
                    queue.enqueue(JobRequest.of("send", new Mail("a", List.of())));
                    assertThat(queue.stats(1).waiting()).isOne();
                });
    }

    @Test
    void isOffIfSwitchedOff() {
        runner.withPropertyValues("redis-state.job.enabled=false")
                .run(context -> assertThat(context).doesNotHaveBean(JobQueues.class));
        runner.withPropertyValues("redis-state.enabled=false")
                .run(context -> assertThat(context).doesNotHaveBean(JobQueues.class));
    }

    @Test
    void isOffWithoutSpringDataRedis() {
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(RedisStateAutoConfiguration.class, JobAutoConfiguration.class))
                .withClassLoader(new FilteredClassLoader(RedisConnectionFactory.class))
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean("jobQueues"));
    }

    @Test
    void backsOffFromTheUsersOwn(RedisServer redis) {
        JobQueues own = JobQueues.builder(redis.jedis()).build();
        runner.withBean(JobQueues.class, () -> own)
                .run(context -> assertThat(context.getBean(JobQueues.class)).isSameAs(own));
    }

    @ParameterizedTest
    @CsvSource({
        "concurrency, 0",
        "batch, 501",
        "lease, 10ms",
        "attempts, 0",
        "timeout, -1s",
        "max-dead, 0",
        "queues.send.concurrency, 10001",
        "queues.send.rate-limit, often",
        "queues.send.lease, 1ms"
    })
    void badValuesAreNamed(String property, String value) {
        runner.withPropertyValues("redis-state.job." + property + "=" + value)
                .run(context -> assertThat(context).getFailure().rootCause().satisfies(failure -> assertThat(
                                failedProperty(Objects.requireNonNull(context.getStartupFailure())))
                        .isEqualTo("redis-state.job." + property)));
    }

    private static String failedProperty(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof InvalidConfigurationPropertyValueException invalid) {
                return invalid.getName();
            }
        }
        return "none";
    }

    @Test
    void mistakesInAnnotationsFailTheStartNamingTheMethod() {
        expectFailure(WrongParameters.class, "WrongParameters.handle", "the payload and a JobContext");
        expectFailure(PrivateMethod.class, "PrivateMethod.handle", "neither private nor static");
        expectFailure(WrongRate.class, "WrongRate.handle", "rateLimit");
        expectFailure(WrongCron.class, "WrongCron.run", "cron = \"every day\"");
        expectFailure(TwoHandlers.class, "TwoHandlers", "are handled by");
        expectFailure(NoSchedule.class, "NoSchedule.run", "either cron or every");
        expectFailure(Disagreeing.class, "Disagreeing", "share a worker");
    }

    private void expectFailure(Class<?> bean, String... words) {
        runner.withBean("bean", bean).run(context -> assertThat(context)
                .getFailure()
                .isInstanceOf(InvalidAnnotationException.class)
                .hasMessageContainingAll(words));
    }

    @Test
    void aJobIsEnqueuedAfterTheCommitAndNotAfterARollback() {
        runner.withConfiguration(AutoConfigurations.of(
                        DataSourceAutoConfiguration.class,
                        DataSourceTransactionManagerAutoConfiguration.class,
                        TransactionAutoConfiguration.class))
                .run(context -> {
                    JobQueue queue = context.getBean(JobQueues.class).queue("q");
                    TransactionTemplate transaction =
                            new TransactionTemplate(context.getBean(PlatformTransactionManager.class));
                    AtomicReference<String> id = new AtomicReference<>();

                    transaction.executeWithoutResult(status -> {
                        id.set(queue.enqueueAfterCommit(JobRequest.of("t", "committed")));
                        assertThat(queue.find(id.get())).isEmpty();
                    });
                    transaction.executeWithoutResult(status -> {
                        queue.enqueueAfterCommit(JobRequest.of("t", "rolled back"));
                        status.setRollbackOnly();
                    });

                    assertThat(queue.find(id.get())).isPresent();
                    assertThat(queue.stats(1).waiting()).isOne();
                    queue.enqueueAfterCommit(JobRequest.of("t", "without a transaction"));
                    assertThat(queue.stats(1).waiting()).isEqualTo(2);
                });
    }

    @Test
    void aShutdownWaitsForTheJobThatRuns() {
        Slow slow = new Slow();
        runner.withBean(Slow.class, () -> slow).run(context -> {
            context.getBean(JobQueues.class).enqueue(JobRequest.of("slow"));
            await().until(() -> slow.begun.get() == 1);
            new Thread(() -> {
                        await().until(() -> !context.getBean(JobWorkers.class).isRunning());
                        slow.go = true;
                    })
                    .start();
        });
        assertThat(slow.ended).hasValue(1);
    }

    static class Mailer {

        @JobHandler(value = "send", concurrency = "${no.such:3}", rateLimit = "1000/1s", timeout = "10s")
        public String send(Mail mail, JobContext context) {
            return mail.to() + ' ' + mail.numbers() + ' ' + context.attempt();
        }

        @JobHandler(
                value = "fail",
                queue = "send",
                retry = @JobRetry(attempts = "5", backoff = "1ms", noRetryFor = IllegalStateException.class))
        public void fail(JobContext context) {
            if (context.attempt() == 2) {
                throw new IllegalStateException("for good");
            }
            throw new IllegalArgumentException("again");
        }
    }

    static class Cleaner {

        private final Set<String> runs = ConcurrentHashMap.newKeySet();

        @RecurringJob(value = "clean", every = "200ms")
        public void clean(JobContext context) {
            runs.add(context.id());
        }
    }

    static class Slow {

        private final AtomicInteger begun = new AtomicInteger();
        private final AtomicInteger ended = new AtomicInteger();
        private volatile boolean go;

        @JobHandler("slow")
        public void handle() {
            begun.incrementAndGet();
            await().until(() -> go);
            ended.incrementAndGet();
        }
    }

    static class WrongParameters {
        @JobHandler("t")
        public void handle(String one, String two) {}
    }

    static class PrivateMethod {
        @JobHandler("t")
        @SuppressWarnings({"UnusedMethod", "UnusedVariable"})
        private void handle(String one) {}
    }

    static class WrongRate {
        @JobHandler(value = "t", rateLimit = "fast")
        public void handle(String one) {}
    }

    static class WrongCron {
        @RecurringJob(value = "t", cron = "every day")
        public void run() {}
    }

    static class NoSchedule {
        @RecurringJob("t")
        public void run() {}
    }

    static class TwoHandlers {
        @JobHandler("t")
        public void one(String payload) {}

        @JobHandler("t")
        public void two(String payload) {}
    }

    static class Disagreeing {
        @JobHandler(value = "t", queue = "q", concurrency = "1")
        public void one(String payload) {}

        @JobHandler(value = "u", queue = "q", concurrency = "2")
        public void two(String payload) {}
    }
}
