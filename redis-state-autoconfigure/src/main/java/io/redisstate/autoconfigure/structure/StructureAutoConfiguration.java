package io.redisstate.autoconfigure.structure;

import io.redisstate.autoconfigure.CloseWithContext;
import io.redisstate.autoconfigure.RedisStateAutoConfiguration;
import io.redisstate.autoconfigure.RedisStateProperties;
import io.redisstate.core.CallExecutor;
import io.redisstate.core.JsonCodec;
import io.redisstate.core.WakeUps;
import io.redisstate.structure.RedisStructures;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.thread.Threading;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;
import org.springframework.data.redis.connection.RedisConnectionFactory;

/**
 * Auto-configuration of {@link RedisStructures}. Nothing asks Redis before a structure is used.
 *
 * @since 0.1
 */
@AutoConfiguration(after = RedisStateAutoConfiguration.class)
@ConditionalOnBean({RedisConnectionFactory.class, CallExecutor.class, JsonCodec.class, WakeUps.class})
@ConditionalOnBooleanProperty(name = StructureProperties.PREFIX + ".enabled", matchIfMissing = true)
@EnableConfigurationProperties(StructureProperties.class)
public final class StructureAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    RedisStructures redisStructures(
            RedisConnectionFactory connections,
            CallExecutor calls,
            JsonCodec codec,
            WakeUps wakeUps,
            RedisStateProperties shared,
            Environment environment) {
        return RedisStructures.builder(connections)
                .keyPrefix(shared.keyPrefixOr(environment))
                .calls(calls)
                .codec(codec)
                .wakeUps(wakeUps)
                .virtualThreads(Threading.VIRTUAL.isActive(environment))
                .build();
    }

    @Bean
    CloseWithContext redisStateStructureLifecycle(ConfigurableApplicationContext context, RedisStructures structures) {
        return new CloseWithContext(context, structures, CloseWithContext.FEATURE);
    }
}
