package io.redisstate.autoconfigure;

import io.redisstate.core.CallExecutor;
import io.redisstate.ratelimit.RateLimiters;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;
import org.springframework.data.redis.connection.RedisConnectionFactory;

/**
 * Auto-configuration of {@link RateLimiters} with the limits of {@link RateLimitProperties}. Nothing asks Redis before
 * the first check.
 *
 * @since 0.1
 */
@AutoConfiguration(after = DataRedisAutoConfiguration.class)
@ConditionalOnBean(RedisConnectionFactory.class)
@ConditionalOnProperty(prefix = RateLimitProperties.PREFIX, name = "enabled", matchIfMissing = true)
@EnableConfigurationProperties(RateLimitProperties.class)
public final class RateLimitAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    RateLimiters rateLimiters(
            RedisConnectionFactory connections,
            ObjectProvider<CallExecutor> calls,
            RateLimitProperties properties,
            Environment environment) {
        String application = environment.getProperty("spring.application.name", "redis-state");
        RateLimiters.Builder builder = RateLimiters.builder(connections)
                .keyPrefix(environment.getProperty("redis-state.key-prefix", application))
                .limits(properties.toLimits());
        calls.ifAvailable(builder::calls);
        return builder.build();
    }
}
