package io.redisstate.autoconfigure.session;

import io.redisstate.session.ReactiveStateSessionRepository;
import io.redisstate.session.StateSessionRepository;
import io.redisstate.session.web.SessionWebFilter;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.security.core.session.ReactiveSessionRegistry;
import org.springframework.session.config.annotation.web.server.SpringWebSessionConfiguration;
import org.springframework.session.security.SpringSessionBackedReactiveSessionRegistry;
import reactor.core.publisher.Mono;

/** Sessions of WebFlux. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnClass(Mono.class)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
@Import(SpringWebSessionConfiguration.class)
class ReactiveSessionConfiguration {

    @Bean
    @ConditionalOnMissingBean
    ReactiveStateSessionRepository reactiveStateSessionRepository(StateSessionRepository sessions) {
        return new ReactiveStateSessionRepository(sessions);
    }

    @Bean
    @ConditionalOnMissingBean
    @Order(Ordered.HIGHEST_PRECEDENCE + 50)
    SessionWebFilter stateSessionWebFilter() {
        return new SessionWebFilter();
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(ReactiveSessionRegistry.class)
    static class Security {

        /** Used by Spring Security where the application limits sessions there. */
        @Bean
        @ConditionalOnMissingBean(ReactiveSessionRegistry.class)
        SpringSessionBackedReactiveSessionRegistry<?> reactiveSessionRegistry(ReactiveStateSessionRepository sessions) {
            return new SpringSessionBackedReactiveSessionRegistry<>(sessions, sessions);
        }
    }
}
