package io.redisstate.autoconfigure.pubsub;

import io.redisstate.autoconfigure.RedisStateAutoConfiguration;
import io.redisstate.core.CallExecutor;
import io.redisstate.core.JsonCodec;
import io.redisstate.pubsub.ListenerErrorHandler;
import io.redisstate.pubsub.ListenerOptions;
import io.redisstate.pubsub.MessagePublisher;
import io.redisstate.pubsub.PubSubListeners;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.data.redis.autoconfigure.DataRedisProperties;
import org.springframework.boot.thread.Threading;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.Environment;
import org.springframework.data.redis.connection.RedisConnectionFactory;

/**
 * Auto-configuration of pub/sub: the publisher, {@code @RedisListener} methods with an ordered, bounded hand-over, events
 * for all instances, meters, health. Without a listener nothing is sent to Redis.
 *
 * @since 0.1
 */
@AutoConfiguration(
        after = RedisStateAutoConfiguration.class,
        afterName = "org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration")
@ConditionalOnBean({RedisConnectionFactory.class, CallExecutor.class})
@ConditionalOnBooleanProperty(name = PubSubProperties.PREFIX + ".enabled", matchIfMissing = true)
@EnableConfigurationProperties(PubSubProperties.class)
@Import({
    ListenerMethodsConfiguration.class,
    BroadcastConfiguration.class,
    PubSubMetersConfiguration.class,
    PubSubHealthConfiguration.class
})
public final class PubSubAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    MessagePublisher messagePublisher(CallExecutor calls, JsonCodec codec) {
        return new MessagePublisher(calls, codec);
    }

    @Bean
    @ConditionalOnMissingBean
    PubSubListeners pubSubListeners(
            RedisConnectionFactory connections,
            PubSubProperties properties,
            ObjectProvider<DataRedisProperties> redis,
            Environment environment) {
        DataRedisProperties.Listener settings =
                redis.getIfAvailable(DataRedisProperties::new).getListener();
        return PubSubListeners.builder(connections)
                .drain(properties.drain())
                .check(properties.check())
                .registration(settings.getSubscriptionRegistrationTimeout())
                .autoStartup(settings.isAutoStartup())
                .virtualThreads(Threading.VIRTUAL.isActive(environment))
                .build();
    }

    /** How a listener gets its messages where nothing else is said. */
    @Bean
    @ConditionalOnMissingBean
    ListenerOptions pubSubListenerOptions(PubSubProperties properties, ObjectProvider<ListenerErrorHandler> handler) {
        return ListenerOptions.DEFAULT
                .withQueueCapacity(properties.queueCapacity())
                .withOverflow(properties.overflow())
                .withErrorHandler(handler.getIfUnique(ListenerOptions.DEFAULT::errorHandler));
    }
}
