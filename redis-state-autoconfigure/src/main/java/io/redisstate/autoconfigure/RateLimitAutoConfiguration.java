package io.redisstate.autoconfigure;

import io.redisstate.core.CallExecutor;
import io.redisstate.ratelimit.RateLimiters;
import io.redisstate.ratelimit.aop.RateLimitAdvisor;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Role;
import org.springframework.core.env.Environment;
import org.springframework.data.redis.connection.RedisConnectionFactory;

/**
 * Auto-configuration of {@link RateLimiters} with the limits of {@link RateLimitProperties}. Nothing asks Redis before
 * the first check.
 *
 * @since 0.1
 */
@AutoConfiguration(after = RedisStateAutoConfiguration.class)
@ConditionalOnBean({RedisConnectionFactory.class, CallExecutor.class})
@ConditionalOnProperty(prefix = RateLimitProperties.PREFIX, name = "enabled", matchIfMissing = true)
@EnableConfigurationProperties(RateLimitProperties.class)
public final class RateLimitAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    RateLimiters rateLimiters(
            RedisConnectionFactory connections,
            CallExecutor calls,
            RedisStateProperties shared,
            RateLimitProperties properties,
            Environment environment) {
        return RateLimiters.builder(connections)
                .keyPrefix(shared.keyPrefixOr(environment))
                .calls(calls)
                .limits(properties.toLimits())
                .build();
    }

    /** Static, and with the limiters on demand: an advisor is made before all beans it may apply to. */
    @Bean
    @ConditionalOnMissingBean
    @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
    static RateLimitAdvisor rateLimitAdvisor(
            ObjectProvider<RateLimiters> limiters, ConfigurableListableBeanFactory beans, Environment environment) {
        int order = environment.getProperty(
                RateLimitProperties.PREFIX + ".order", Integer.class, RateLimitAdvisor.DEFAULT_ORDER);
        return new RateLimitAdvisor(limiters::getObject, beans, order);
    }
}
