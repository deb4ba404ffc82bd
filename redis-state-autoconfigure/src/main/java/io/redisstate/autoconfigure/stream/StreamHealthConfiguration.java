package io.redisstate.autoconfigure.stream;

import io.redisstate.observe.StreamHealth;
import io.redisstate.stream.listener.StreamListenerRegistry;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Health, where there is Boot's module for it. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnClass({HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class})
class StreamHealthConfiguration {

    @Bean
    @ConditionalOnMissingBean(name = "redisStreamsHealthIndicator")
    @ConditionalOnEnabledHealthIndicator("redis-streams")
    StreamHealth redisStreamsHealthIndicator(StreamListenerRegistry listeners) {
        return new StreamHealth(listeners);
    }
}
