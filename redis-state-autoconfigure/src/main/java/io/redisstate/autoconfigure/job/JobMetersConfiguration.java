package io.redisstate.autoconfigure.job;

import io.micrometer.core.instrument.MeterRegistry;
import io.redisstate.job.JobQueues;
import io.redisstate.observe.JobMeters;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Meters, where there is Micrometer; Boot binds them to its registries. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnClass(MeterRegistry.class)
class JobMetersConfiguration {

    @Bean
    @ConditionalOnMissingBean
    JobMeters redisStateJobMeters(JobQueues queues, JobWorkers workers) {
        return new JobMeters(queues, workers::watch);
    }
}
