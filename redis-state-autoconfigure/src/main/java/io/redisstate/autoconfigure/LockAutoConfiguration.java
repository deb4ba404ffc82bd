package io.redisstate.autoconfigure;

import io.redisstate.core.CallExecutor;
import io.redisstate.core.WakeUps;
import io.redisstate.lock.LockService;
import io.redisstate.lock.aop.LockAdvisor;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.thread.Threading;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Role;
import org.springframework.core.env.Environment;
import org.springframework.data.redis.connection.RedisConnectionFactory;

/**
 * Auto-configuration of {@link LockService} and of {@link io.redisstate.lock.DistributedLock}. Nothing asks Redis before
 * the first lock.
 *
 * @since 0.1
 */
@AutoConfiguration(after = RedisStateAutoConfiguration.class)
@ConditionalOnBean({RedisConnectionFactory.class, CallExecutor.class, WakeUps.class})
@ConditionalOnBooleanProperty(name = LockProperties.PREFIX + ".enabled", matchIfMissing = true)
@EnableConfigurationProperties(LockProperties.class)
@Import(AutoProxies.class)
public final class LockAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    LockService lockService(
            RedisConnectionFactory connections,
            CallExecutor calls,
            WakeUps wakeUps,
            RedisStateProperties shared,
            LockProperties properties,
            Environment environment) {
        return LockService.builder(connections)
                .keyPrefix(shared.keyPrefixOr(environment))
                .globalPrefix(properties.globalPrefix())
                .calls(calls)
                .wakeUps(wakeUps)
                .defaults(properties.toOptions())
                .localHandOffs(properties.handOffs())
                .virtualThreads(Threading.VIRTUAL.isActive(environment))
                .build();
    }

    @Bean
    CloseWithContext redisStateLockLifecycle(ConfigurableApplicationContext context, LockService locks) {
        return new CloseWithContext(context, locks, CloseWithContext.FEATURE);
    }

    /** Static, and with the service on demand: an advisor is made before all beans it may apply to. */
    @Bean
    @ConditionalOnMissingBean
    @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
    static LockAdvisor lockAdvisor(
            ObjectProvider<LockService> locks, ConfigurableListableBeanFactory beans, Environment environment) {
        int order = environment.getProperty(LockProperties.PREFIX + ".order", Integer.class, LockAdvisor.DEFAULT_ORDER);
        return new LockAdvisor(locks::getObject, beans, order);
    }
}
