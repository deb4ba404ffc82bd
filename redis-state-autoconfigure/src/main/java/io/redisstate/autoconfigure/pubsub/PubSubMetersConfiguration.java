package io.redisstate.autoconfigure.pubsub;

import io.micrometer.core.instrument.MeterRegistry;
import io.redisstate.observe.PubSubMeters;
import io.redisstate.pubsub.PubSubListeners;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Meters, where there is Micrometer; Boot binds them to its registries. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnClass(MeterRegistry.class)
class PubSubMetersConfiguration {

    @Bean
    @ConditionalOnMissingBean
    PubSubMeters redisStatePubSubMeters(PubSubListeners listeners) {
        return new PubSubMeters(listeners);
    }
}
