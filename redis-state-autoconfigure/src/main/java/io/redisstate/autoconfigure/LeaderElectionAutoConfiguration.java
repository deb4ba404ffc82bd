package io.redisstate.autoconfigure;

import io.redisstate.lock.LockService;
import io.redisstate.lock.leader.OnLeaderMethods;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.annotation.Bean;

/**
 * Auto-configuration of leader elections and of {@link io.redisstate.lock.leader.OnLeader}.
 *
 * @since 0.1
 */
@AutoConfiguration(after = LockAutoConfiguration.class)
@ConditionalOnBean(LockService.class)
@ConditionalOnBooleanProperty(name = LeaderElectionProperties.PREFIX + ".enabled", matchIfMissing = true)
@EnableConfigurationProperties(LeaderElectionProperties.class)
public final class LeaderElectionAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    OnLeaderMethods onLeaderMethods(ConfigurableListableBeanFactory beans, LeaderElectionProperties properties) {
        return new OnLeaderMethods(beans, properties.elections().keySet());
    }

    @Bean
    @ConditionalOnMissingBean
    LeaderElections leaderElections(
            LockService locks,
            LeaderElectionProperties properties,
            OnLeaderMethods methods,
            ApplicationEventPublisher events) {
        return new LeaderElections(locks, properties, methods, events);
    }
}
