package io.redisstate.autoconfigure;

import io.redisstate.ratelimit.RateLimiters;
import io.redisstate.ratelimit.http.HttpRateLimits;
import io.redisstate.ratelimit.http.RateLimitWebFilter;
import io.redisstate.ratelimit.http.ReactiveRateLimitAdvice;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.web.reactive.DispatcherHandler;
import reactor.core.scheduler.Schedulers;

/**
 * Auto-configuration of rate limits in a WebFlux application: URL rules by a web filter, exceptions as 429. Checks run on
 * {@link Schedulers#boundedElastic()}, whose threads are virtual if Reactor is told so.
 *
 * @since 0.1
 */
@AutoConfiguration(after = RateLimitAutoConfiguration.class)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
@ConditionalOnClass(DispatcherHandler.class)
@ConditionalOnBean(RateLimiters.class)
@ConditionalOnProperty(prefix = RateLimitHttpProperties.PREFIX, name = "enabled", matchIfMissing = true)
@Import(RateLimitHttpConfiguration.class)
public final class ReactiveRateLimitAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    RateLimitWebFilter rateLimitFilter(HttpRateLimits limits, RateLimitHttpProperties properties) {
        return new RateLimitWebFilter(limits, Schedulers.boundedElastic(), properties.order());
    }

    @Bean
    @ConditionalOnMissingBean
    ReactiveRateLimitAdvice rateLimitAdvice(HttpRateLimits limits) {
        return new ReactiveRateLimitAdvice(limits);
    }
}
