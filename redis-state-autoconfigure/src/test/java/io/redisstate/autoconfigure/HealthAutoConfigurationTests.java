package io.redisstate.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.MeterRegistry;
import io.redisstate.autoconfigure.job.JobAutoConfiguration;
import io.redisstate.autoconfigure.pubsub.PubSubAutoConfiguration;
import io.redisstate.autoconfigure.stream.StreamAutoConfiguration;
import io.redisstate.observe.JobHealth;
import io.redisstate.observe.JobMeters;
import io.redisstate.observe.PubSubHealth;
import io.redisstate.observe.StreamHealth;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.autoconfigure.contributor.HealthContributorAutoConfiguration;
import org.springframework.boot.health.autoconfigure.registry.HealthContributorRegistryAutoConfiguration;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.registry.HealthContributorRegistry;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.data.redis.connection.RedisConnectionFactory;

/** Health of what works in the background, where the application has Boot's health. */
@RedisTest
class HealthAutoConfigurationTests {

    private final RedisServer redis = RedisServer.shared();
    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    RedisStateAutoConfiguration.class,
                    StreamAutoConfiguration.class,
                    PubSubAutoConfiguration.class,
                    JobAutoConfiguration.class,
                    HealthContributorAutoConfiguration.class,
                    HealthContributorRegistryAutoConfiguration.class))
            .withPropertyValues("redis-state.key-prefix=" + redis.uniquePrefix())
            .withBean("redisConnectionFactory", RedisConnectionFactory.class, redis::newJedis);

    @Test
    void contributesByNames() {
        runner.run(context -> {
            assertThat(context).hasNotFailed();
            HealthContributorRegistry registry = context.getBean(HealthContributorRegistry.class);
            assertThat(registry.getContributor("redisStreams")).isInstanceOf(StreamHealth.class);
            assertThat(registry.getContributor("redisPubSub")).isInstanceOf(PubSubHealth.class);
            assertThat(registry.getContributor("redisJobs")).isInstanceOf(JobHealth.class);
            assertThat(context).hasSingleBean(JobMeters.class);
        });
    }

    @Test
    void eachCanBeSwitchedOffAndReplaced() {
        runner.withPropertyValues(
                        "management.health.redis-streams.enabled=false",
                        "management.health.redis-pub-sub.enabled=false")
                .run(context -> assertThat(context)
                        .doesNotHaveBean(StreamHealth.class)
                        .doesNotHaveBean(PubSubHealth.class)
                        .hasSingleBean(JobHealth.class));
        runner.withPropertyValues("management.health.defaults.enabled=false")
                .run(context -> assertThat(context).doesNotHaveBean(HealthIndicator.class));
        runner.withBean(
                        "redisJobsHealthIndicator",
                        HealthIndicator.class,
                        () -> () -> Health.unknown().build())
                .run(context -> assertThat(context).doesNotHaveBean(JobHealth.class));
    }

    @Test
    void anApplicationWithoutHealthOrMetersHasNone() {
        runner.withClassLoader(new FilteredClassLoader(HealthIndicator.class, MeterRegistry.class))
                .run(context -> assertThat(context)
                        .hasNotFailed()
                        .doesNotHaveBean("redisStreamsHealthIndicator")
                        .doesNotHaveBean("redisJobsHealthIndicator")
                        .doesNotHaveBean(JobMeters.class));
    }
}
