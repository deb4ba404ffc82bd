package io.redisstate.autoconfigure.pubsub;

import io.redisstate.observe.PubSubHealth;
import io.redisstate.pubsub.PubSubListeners;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Health, where there is Boot's module for it. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnClass({HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class})
class PubSubHealthConfiguration {

    @Bean
    @ConditionalOnMissingBean(name = "redisPubSubHealthIndicator")
    @ConditionalOnEnabledHealthIndicator("redis-pub-sub")
    PubSubHealth redisPubSubHealthIndicator(PubSubListeners listeners) {
        return new PubSubHealth(listeners);
    }
}
