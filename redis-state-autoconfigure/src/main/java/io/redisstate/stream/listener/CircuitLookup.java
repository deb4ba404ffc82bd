package io.redisstate.stream.listener;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.redisstate.stream.HandlerCircuit;
import io.redisstate.stream.Resilience4jCircuit;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.util.ClassUtils;

/** A circuit by its name: a bean of ours, a bean of Resilience4j, or one of its registry. */
final class CircuitLookup {

    private static final boolean RESILIENCE4J_PRESENT = ClassUtils.isPresent(
            "io.github.resilience4j.circuitbreaker.CircuitBreaker", CircuitLookup.class.getClassLoader());

    private CircuitLookup() {}

    static HandlerCircuit circuit(ConfigurableListableBeanFactory beans, String name) {
        if (beans.containsBean(name)) {
            Object bean = beans.getBean(name);
            if (bean instanceof HandlerCircuit circuit) {
                return circuit;
            }
            if (RESILIENCE4J_PRESENT && Resilience4j.supports(bean)) {
                return Resilience4j.of(bean);
            }
        } else if (RESILIENCE4J_PRESENT && Resilience4j.hasRegistry(beans)) {
            return Resilience4j.ofRegistry(beans, name);
        }
        throw new IllegalArgumentException("circuitBreaker = \"" + name
                + "\" is neither a HandlerCircuit bean nor a circuit breaker of Resilience4j");
    }

    private static final class Resilience4j {

        static boolean supports(Object bean) {
            return bean instanceof CircuitBreaker;
        }

        static HandlerCircuit of(Object bean) {
            return new Resilience4jCircuit((CircuitBreaker) bean);
        }

        static boolean hasRegistry(ConfigurableListableBeanFactory beans) {
            return beans.getBeanNamesForType(CircuitBreakerRegistry.class).length > 0;
        }

        static HandlerCircuit ofRegistry(ConfigurableListableBeanFactory beans, String name) {
            return new Resilience4jCircuit(
                    beans.getBean(CircuitBreakerRegistry.class).circuitBreaker(name));
        }
    }
}
