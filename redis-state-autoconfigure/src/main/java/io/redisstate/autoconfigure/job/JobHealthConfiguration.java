package io.redisstate.autoconfigure.job;

import io.redisstate.observe.JobHealth;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Health, where there is Boot's module for it. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnClass({HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class})
class JobHealthConfiguration {

    @Bean
    @ConditionalOnMissingBean(name = "redisJobsHealthIndicator")
    @ConditionalOnEnabledHealthIndicator("redis-jobs")
    JobHealth redisJobsHealthIndicator(JobWorkers workers) {
        return new JobHealth(workers::workers);
    }
}
