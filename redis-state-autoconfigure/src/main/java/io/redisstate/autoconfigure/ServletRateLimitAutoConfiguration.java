package io.redisstate.autoconfigure;

import io.redisstate.ratelimit.RateLimiters;
import io.redisstate.ratelimit.http.HttpRateLimits;
import io.redisstate.ratelimit.http.RateLimitFilter;
import io.redisstate.ratelimit.http.ServletRateLimitAdvice;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingFilterBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.web.servlet.DispatcherServlet;

/**
 * Auto-configuration of rate limits in a servlet application: URL rules by a filter, exceptions as 429.
 *
 * @since 0.1
 */
@AutoConfiguration(after = RateLimitAutoConfiguration.class)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@ConditionalOnClass(DispatcherServlet.class)
@ConditionalOnBean(RateLimiters.class)
@ConditionalOnProperty(prefix = RateLimitHttpProperties.PREFIX, name = "enabled", matchIfMissing = true)
@Import(RateLimitHttpConfiguration.class)
public final class ServletRateLimitAutoConfiguration {

    @Bean
    @ConditionalOnMissingFilterBean
    FilterRegistrationBean<RateLimitFilter> rateLimitFilter(HttpRateLimits limits, RateLimitHttpProperties properties) {
        FilterRegistrationBean<RateLimitFilter> filter = new FilterRegistrationBean<>(new RateLimitFilter(limits));
        filter.setOrder(properties.order());
        return filter;
    }

    @Bean
    @ConditionalOnMissingBean
    ServletRateLimitAdvice rateLimitAdvice(HttpRateLimits limits) {
        return new ServletRateLimitAdvice(limits);
    }
}
