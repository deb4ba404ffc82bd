package io.redisstate.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.redisstate.job.JobQueues;
import io.redisstate.job.JobWorker;
import io.redisstate.job.WorkerStatistics;
import io.redisstate.pubsub.ListenerOptions;
import io.redisstate.pubsub.PubSubListeners;
import io.redisstate.stream.container.ContainerOptions;
import io.redisstate.stream.container.ContainerState;
import io.redisstate.stream.container.StreamContainer;
import io.redisstate.stream.listener.StreamListenerRegistry;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;

@RedisTest
class HealthIntegrationTests {

    private static final Duration LIMIT = Duration.ofSeconds(60);

    @Test
    void streamListenersAreDownWithRedisAndUpAgain() throws Exception {
        try (RedisServer redis = RedisServer.start()) {
            StreamListenerRegistry registry = new StreamListenerRegistry();
            StreamContainer container = StreamContainer.builder(
                            redis.jedis(),
                            ContainerOptions.builder("orders", "mailer").build(),
                            String.class,
                            (message, acknowledgement) -> {})
                    .build();
            registry.register(container, false);
            HealthIndicator health = new StreamHealth(registry);
            registry.start();
            assertThat(health(health).getStatus()).isEqualTo(Status.UP);
            assertThat(detail(health, "orders-mailer")).containsEntry("state", "STOPPED");

            container.start();
            await().atMost(LIMIT).until(() -> container.statistics().state() == ContainerState.RUNNING);
            assertThat(health(health).getStatus()).isEqualTo(Status.UP);
            assertThat(detail(health, "orders-mailer"))
                    .containsEntry("state", "RUNNING")
                    .containsEntry("stream", "orders")
                    .containsEntry("group", "mailer")
                    .containsEntry("inFlight", 0);

            redis.kill();
            await().atMost(LIMIT).until(() -> health(health).getStatus().equals(Status.DOWN));
            redis.restart();
            await().atMost(LIMIT).until(() -> health(health).getStatus().equals(Status.UP));

            container.pause();
            await().atMost(LIMIT).until(() -> container.statistics().state() == ContainerState.PAUSED);
            assertThat(health(health).getStatus()).isEqualTo(Status.UP);
            registry.stop();
            assertThat(health(health).getStatus()).isEqualTo(Status.UP);
        }
    }

    @Test
    void pubSubListenersAreDownWhileTheyMissMessages() throws Exception {
        try (RedisServer redis = RedisServer.start()) {
            PubSubListeners listeners = PubSubListeners.builder(redis.jedis()).build();
            listeners.listen("prices", List.of("price"), ListenerOptions.DEFAULT, message -> {});
            HealthIndicator health = new PubSubHealth(listeners);
            assertThat(health(health).getStatus()).isEqualTo(Status.UP);
            assertThat(health(health).getDetails()).containsEntry("running", false);

            listeners.start();
            await().atMost(LIMIT).until(() -> health(health).getStatus().equals(Status.UP));
            assertThat(detail(health, "prices")).containsEntry("topics", List.of("price"));
            redis.kill();
            await().atMost(LIMIT).until(() -> health(health).getStatus().equals(Status.DOWN));
            redis.restart();
            await().atMost(LIMIT).until(() -> health(health).getStatus().equals(Status.UP));
            listeners.stop();
        }
    }

    @Test
    void jobWorkersAreDownWithRedisAndWhenTheirThreadHasEnded() throws Exception {
        try (RedisServer redis = RedisServer.start();
                JobQueues queues = JobQueues.builder(redis.jedis()).build()) {
            JobWorker worker = queues.worker("mail")
                    .lease(Duration.ofSeconds(1))
                    .handler("send", String.class, (payload, context) -> null)
                    .build();
            HealthIndicator health = new JobHealth(() -> List.of(worker));
            assertThat(health(health).getStatus()).isEqualTo(Status.UP);
            assertThat(detail(health, "mail")).containsEntry("state", "STOPPED");

            worker.start();
            await().atMost(LIMIT).until(() -> health(health).getStatus().equals(Status.UP));
            assertThat(detail(health, "mail")).containsEntry("state", "RUNNING");
            redis.kill();
            await().atMost(LIMIT).until(() -> health(health).getStatus().equals(Status.DOWN));
            assertThat(detail(health, "mail")).containsEntry("state", "DISCONNECTED");
            redis.restart();
            await().atMost(LIMIT).until(() -> health(health).getStatus().equals(Status.UP));

            Thread.getAllStackTraces().keySet().stream()
                    .filter(thread -> thread.getName().equals("redis-state-job-mail"))
                    .forEach(Thread::interrupt);
            await().atMost(LIMIT).until(() -> health(health).getStatus().equals(Status.DOWN));
            assertThat(worker.statistics().state()).isEqualTo(WorkerStatistics.State.DEAD);
            worker.stop();
            assertThat(health(health).getStatus()).isEqualTo(Status.UP);
        }
    }

    private static Health health(HealthIndicator indicator) {
        return Objects.requireNonNull(indicator.health());
    }

    private static Map<String, Object> detail(HealthIndicator indicator, String id) {
        Object detail = health(indicator).getDetails().get(id);
        assertThat(detail).isInstanceOf(Map.class);
        @SuppressWarnings("unchecked")
        Map<String, Object> details = (Map<String, Object>) Objects.requireNonNull(detail);
        return details;
    }
}
