package io.redisstate.autoconfigure;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.redisstate.core.CallBreaker;
import io.redisstate.core.Resilience4jBreaker;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The circuit breaker, where Resilience4j is present. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnClass(CircuitBreaker.class)
@ConditionalOnBooleanProperty(name = RedisStateProperties.PREFIX + ".circuit-breaker.enabled", matchIfMissing = true)
class CircuitBreakerConfiguration {

    static final String BEAN = "redisStateCircuitBreaker";

    private static final String NAME = "redis-state";

    /**
     * Found by its name only: neither does another breaker of the application become this one, nor does this one become a
     * candidate where another is injected. In a registry, an instance of its name that the user configured wins.
     */
    @Bean(name = BEAN, defaultCandidate = false)
    @ConditionalOnMissingBean(name = BEAN)
    CircuitBreaker redisStateCircuitBreaker(
            RedisStateProperties properties, ObjectProvider<CircuitBreakerRegistry> registry) {
        CircuitBreakerConfig config = config(properties.circuitBreaker());
        CircuitBreakerRegistry present = registry.getIfUnique();
        return present == null ? CircuitBreaker.of(NAME, config) : present.circuitBreaker(NAME, config);
    }

    @Bean
    @ConditionalOnMissingBean
    CallBreaker redisStateCallBreaker(@Qualifier(BEAN) CircuitBreaker breaker) {
        return new Resilience4jBreaker(breaker);
    }

    private static CircuitBreakerConfig config(RedisStateProperties.CircuitBreaker properties) {
        return CircuitBreakerConfig.custom()
                .failureRateThreshold(properties.failureRate())
                .slidingWindowSize(properties.slidingWindow())
                .minimumNumberOfCalls(Math.min(properties.minimumCalls(), properties.slidingWindow()))
                .waitDurationInOpenState(properties.openTime())
                .permittedNumberOfCallsInHalfOpenState(properties.halfOpenCalls())
                .recordException(Resilience4jBreaker::recordsFailure)
                .build();
    }
}
