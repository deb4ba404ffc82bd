package io.redisstate.autoconfigure.pubsub;

import io.redisstate.core.JsonCodec;
import io.redisstate.pubsub.ListenerOptions;
import io.redisstate.pubsub.PubSubListeners;
import io.redisstate.pubsub.method.ListenerMethods;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.data.redis.annotation.RedisListener;
import org.springframework.messaging.Message;

/** Methods with {@code @RedisListener}, where Spring Data Redis and spring-messaging know them. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnClass({RedisListener.class, Message.class})
class ListenerMethodsConfiguration {

    @Bean
    @ConditionalOnMissingBean
    ListenerMethods redisListenerMethods(
            PubSubListeners listeners,
            ListenerOptions options,
            JsonCodec codec,
            ConfigurableListableBeanFactory beans) {
        return new ListenerMethods(listeners, options, codec, beans);
    }
}
