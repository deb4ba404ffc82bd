package io.redisstate.autoconfigure;

import io.redisstate.core.CallBreaker;
import io.redisstate.core.CallExecutor;
import io.redisstate.core.CombiningCallExecutor;
import io.redisstate.core.ConnectionCallExecutor;
import io.redisstate.core.ConnectionGuard;
import io.redisstate.core.JsonCodec;
import io.redisstate.core.WakeUps;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.Environment;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import tools.jackson.databind.json.JsonMapper;

/**
 * Auto-configuration of what all features share: the way to Redis with its retries and circuit breaker, the wake-ups and
 * the JSON codec. Nothing is sent to Redis before a feature is used.
 *
 * @since 0.1
 */
@AutoConfiguration(after = {DataRedisAutoConfiguration.class, JacksonAutoConfiguration.class})
@ConditionalOnClass(RedisConnectionFactory.class)
@ConditionalOnSingleCandidate(RedisConnectionFactory.class)
@ConditionalOnBooleanProperty(name = RedisStateProperties.PREFIX + ".enabled", matchIfMissing = true)
@EnableConfigurationProperties(RedisStateProperties.class)
@Import(CircuitBreakerConfiguration.class)
public final class RedisStateAutoConfiguration {

    /** For applications without Resilience4j, or with the circuit breaker switched off. */
    @Bean
    @ConditionalOnMissingBean
    CallBreaker redisStateUnbrokenCalls() {
        return CallBreaker.NONE;
    }

    @Bean
    @ConditionalOnMissingBean
    CallExecutor redisStateCallExecutor(
            RedisConnectionFactory connections, CallBreaker breaker, RedisStateProperties properties) {
        RedisStateProperties.Retry retry = properties.retry();
        return new ConnectionGuard(
                new CombiningCallExecutor(new ConnectionCallExecutor(connections)),
                ConnectionGuard.backOff(retry.attempts(), retry.firstWait(), retry.maxWait()),
                breaker);
    }

    @Bean
    @ConditionalOnMissingBean
    WakeUps redisStateWakeUps(
            RedisConnectionFactory connections, RedisStateProperties properties, Environment environment) {
        return new WakeUps(
                connections,
                properties.keyPrefixOr(environment),
                properties.wakeUp().safetyPoll());
    }

    @Bean
    CloseWithContext redisStateWakeUpsLifecycle(ConfigurableApplicationContext context, WakeUps wakeUps) {
        return new CloseWithContext(context, wakeUps, CloseWithContext.WAKE_UPS);
    }

    @Bean
    @ConditionalOnMissingBean
    JsonCodec redisStateJsonCodec(ObjectProvider<JsonMapper> mapper) {
        return new JsonCodec(mapper.getIfAvailable(JsonMapper::new));
    }
}
