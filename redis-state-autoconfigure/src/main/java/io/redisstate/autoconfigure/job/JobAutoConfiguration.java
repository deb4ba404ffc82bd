package io.redisstate.autoconfigure.job;

import io.redisstate.autoconfigure.RedisStateAutoConfiguration;
import io.redisstate.autoconfigure.RedisStateProperties;
import io.redisstate.core.CallExecutor;
import io.redisstate.core.JsonCodec;
import io.redisstate.core.WakeUps;
import io.redisstate.job.JobQueues;
import io.redisstate.job.method.JobHandlerMethods;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.thread.Threading;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.Environment;
import org.springframework.data.redis.connection.RedisConnectionFactory;

/**
 * Auto-configuration of {@link JobQueues}, {@link io.redisstate.job.JobHandler} and {@link io.redisstate.job.RecurringJob}.
 * Without handlers, nothing asks Redis before the first job is enqueued.
 *
 * @since 0.1
 */
@AutoConfiguration(
        after = RedisStateAutoConfiguration.class,
        afterName = "org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration")
@ConditionalOnBean({RedisConnectionFactory.class, CallExecutor.class, WakeUps.class, JsonCodec.class})
@ConditionalOnBooleanProperty(name = JobProperties.PREFIX + ".enabled", matchIfMissing = true)
@EnableConfigurationProperties(JobProperties.class)
@Import({JobMetersConfiguration.class, JobHealthConfiguration.class})
public final class JobAutoConfiguration {

    @Bean(destroyMethod = "close")
    @ConditionalOnMissingBean
    JobQueues jobQueues(
            RedisConnectionFactory connections,
            CallExecutor calls,
            WakeUps wakeUps,
            JsonCodec codec,
            RedisStateProperties shared,
            Environment environment) {
        return JobQueues.builder(connections)
                .keyPrefix(shared.keyPrefixOr(environment))
                .calls(calls)
                .wakeUps(wakeUps)
                .codec(codec)
                .build();
    }

    @Bean
    @ConditionalOnMissingBean
    JobHandlerMethods jobHandlerMethods(ConfigurableListableBeanFactory beans) {
        return new JobHandlerMethods(beans);
    }

    @Bean
    @ConditionalOnMissingBean
    JobWorkers jobWorkers(
            JobQueues queues, JobProperties properties, JobHandlerMethods methods, Environment environment) {
        return new JobWorkers(queues, properties, methods, Threading.VIRTUAL.isActive(environment));
    }
}
