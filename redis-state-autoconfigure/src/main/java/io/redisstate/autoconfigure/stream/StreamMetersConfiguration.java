package io.redisstate.autoconfigure.stream;

import io.micrometer.core.instrument.MeterRegistry;
import io.redisstate.observe.StreamMeters;
import io.redisstate.stream.listener.StreamListenerRegistry;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Meters, where there is Micrometer; Boot binds them to its registries. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnClass(MeterRegistry.class)
class StreamMetersConfiguration {

    @Bean
    @ConditionalOnMissingBean
    StreamMeters redisStateStreamMeters(StreamListenerRegistry listeners) {
        return new StreamMeters(listeners);
    }
}
