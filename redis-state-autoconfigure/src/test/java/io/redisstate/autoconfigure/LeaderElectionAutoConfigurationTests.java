package io.redisstate.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.redisstate.core.method.InvalidAnnotationException;
import io.redisstate.lock.leader.Leadership;
import io.redisstate.lock.leader.LeadershipGranted;
import io.redisstate.lock.leader.LeadershipRevoked;
import io.redisstate.lock.leader.OnLeader;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.event.EventListener;
import org.springframework.data.redis.connection.RedisConnectionFactory;

@RedisTest
class LeaderElectionAutoConfigurationTests {

    private ApplicationContextRunner runner = new ApplicationContextRunner();

    @BeforeEach
    void redis(RedisServer redis) {
        runner = new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(
                        RedisStateAutoConfiguration.class,
                        LockAutoConfiguration.class,
                        LeaderElectionAutoConfiguration.class))
                .withPropertyValues("redis-state.key-prefix=" + redis.uniquePrefix())
                .withBean("redisConnectionFactory", RedisConnectionFactory.class, redis::newJedis);
    }

    @Test
    void callsTheMethodsOfTheElectionAndPublishesEvents() {
        List<String> told = Collections.synchronizedList(new ArrayList<>());
        runner.withPropertyValues(
                        "redis-state.leader.elections.reports.lease-time=5s",
                        "redis-state.leader.elections.other.lease-time=5s")
                .withBean(Reports.class, () -> new Reports(told))
                .run(context -> {
                    await().untilAsserted(
                                    () -> assertThat(told).contains("event reports", "leads reports", "event other"));
                    assertThat(told).doesNotContain("leads other");
                    assertThat(context.getBean(LeaderElections.class)
                                    .election("reports")
                                    .isLeader())
                            .isTrue();
                });
        assertThat(told).contains("follows");
    }

    @Test
    void whoFailsDoesNotKeepTheOthersFromHearing() {
        List<String> told = Collections.synchronizedList(new ArrayList<>());
        runner.withPropertyValues("redis-state.leader.elections.reports.lease-time=5s")
                .withBean(Failing.class)
                .withBean(Reports.class, () -> new Reports(told))
                .run(context -> await().untilAsserted(() -> assertThat(told).contains("leads reports")));
        assertThat(told).contains("follows", "event revoked reports");
    }

    @Test
    void isOffIfSwitchedOff() {
        runner.withPropertyValues("redis-state.leader.enabled=false")
                .run(context -> assertThat(context).doesNotHaveBean(LeaderElections.class));
    }

    @Test
    void backsOffWithoutLocks() {
        runner.withPropertyValues("redis-state.lock.enabled=false")
                .run(context -> assertThat(context).doesNotHaveBean(LeaderElections.class));
    }

    @Test
    void anUnknownElectionFailsTheStartNamingTheMethod() {
        runner.withBean(Reports.class, () -> new Reports(new ArrayList<>())).run(context -> assertThat(context)
                .getFailure()
                .isInstanceOf(InvalidAnnotationException.class)
                .hasMessageContaining("Reports.")
                .hasMessageContaining("\"reports\"")
                .hasMessageContaining("redis-state.leader.elections"));
    }

    @Test
    void aWrongParameterFailsTheStartNamingTheMethod() {
        runner.withPropertyValues("redis-state.leader.elections.reports.lease-time=5s")
                .withBean(Wrong.class)
                .run(context -> assertThat(context)
                        .getFailure()
                        .isInstanceOf(InvalidAnnotationException.class)
                        .hasMessageContaining("Wrong.lead"));
    }

    @Test
    void aBadLeaseTimeIsNamed() {
        runner.withPropertyValues("redis-state.leader.elections.reports.lease-time=1ms")
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .isInstanceOfSatisfying(InvalidConfigurationPropertyValueException.class, failure -> assertThat(
                                        failure.getName())
                                .isEqualTo("redis-state.leader.elections.reports.lease-time")));
    }

    static class Reports {

        private final List<String> told;

        Reports(List<String> told) {
            this.told = told;
        }

        @OnLeader("reports")
        public void lead(Leadership leadership) {
            told.add("leads " + leadership.election());
        }

        @OnLeader(value = "reports", on = OnLeader.Change.REVOKED)
        public void follow() {
            told.add("follows");
        }

        @EventListener
        public void granted(LeadershipGranted event) {
            told.add("event " + event.leadership().election());
        }

        @EventListener
        public void revoked(LeadershipRevoked event) {
            told.add("event revoked " + event.leadership().election());
        }
    }

    static class Failing {

        @OnLeader("reports")
        public void lead() {
            throw new NoSuchMethodError("to be logged");
        }

        @OnLeader(value = "reports", on = OnLeader.Change.REVOKED)
        public void follow() {
            throw new IllegalStateException("to be logged");
        }

        @EventListener
        public void granted(LeadershipGranted event) {
            throw new AssertionError("to be logged");
        }
    }

    static class Wrong {

        @OnLeader("reports")
        public void lead(String anything) {}
    }
}
