package io.redisstate.autoconfigure.stream;

import io.redisstate.stream.container.StreamContainerFactory;
import io.redisstate.stream.listener.ListenerDefaults;
import io.redisstate.stream.listener.StreamListenerMethods;
import io.redisstate.stream.listener.StreamListenerRegistry;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.messaging.handler.annotation.Header;

/** Annotated methods, where there is Spring Messaging for the annotations of their parameters. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnClass(Header.class)
class StreamListenerConfiguration {

    @Bean
    @ConditionalOnMissingBean
    ListenerDefaults streamListenerDefaults(StreamProperties properties, Environment environment) {
        return new ListenerDefaults(
                properties.listener().toOptions(environment.getProperty("spring.application.name", "redis-state")),
                properties.listener().autoStartup());
    }

    @Bean
    @ConditionalOnMissingBean
    StreamListenerMethods streamListenerMethods(
            ConfigurableListableBeanFactory beans,
            ObjectProvider<StreamContainerFactory> factory,
            ObjectProvider<StreamListenerRegistry> registry,
            ObjectProvider<ListenerDefaults> defaults) {
        return new StreamListenerMethods(beans, factory::getObject, registry::getObject, defaults::getObject);
    }
}
