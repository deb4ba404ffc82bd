package io.redisstate.autoconfigure.pubsub;

import io.redisstate.autoconfigure.RedisStateProperties;
import io.redisstate.core.JsonCodec;
import io.redisstate.pubsub.ListenerOptions;
import io.redisstate.pubsub.MessagePublisher;
import io.redisstate.pubsub.PubSubListeners;
import io.redisstate.pubsub.event.Broadcast;
import io.redisstate.pubsub.event.EventBroadcast;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.boot.autoconfigure.AutoConfigurationPackages;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ClassPathScanningCandidateComponentProvider;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.type.filter.AnnotationTypeFilter;
import org.springframework.util.ClassUtils;

/** Application events that reach all instances. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnBooleanProperty(name = PubSubProperties.PREFIX + ".broadcast.enabled", matchIfMissing = true)
class BroadcastConfiguration {

    @Bean
    @ConditionalOnMissingBean
    EventBroadcast eventBroadcast(
            PubSubListeners listeners,
            ListenerOptions options,
            MessagePublisher publisher,
            JsonCodec codec,
            PubSubProperties properties,
            RedisStateProperties shared,
            ConfigurableApplicationContext context) {
        Set<Class<?>> types = new LinkedHashSet<>(properties.broadcast().types());
        types.addAll(annotated(context));
        return new EventBroadcast(
                listeners, options, publisher, codec, context, shared.keyPrefixOr(context.getEnvironment()), types);
    }

    /** Of the application's packages, as entities are found. */
    private static Set<Class<?>> annotated(ConfigurableApplicationContext context) {
        BeanFactory beans = context.getBeanFactory();
        List<String> packages = AutoConfigurationPackages.has(beans) ? AutoConfigurationPackages.get(beans) : List.of();
        var scanner = new ClassPathScanningCandidateComponentProvider(false, context.getEnvironment());
        scanner.setResourceLoader(context);
        scanner.addIncludeFilter(new AnnotationTypeFilter(Broadcast.class));
        Set<Class<?>> found = new LinkedHashSet<>();
        for (String name : packages) {
            for (BeanDefinition definition : scanner.findCandidateComponents(name)) {
                found.add(ClassUtils.resolveClassName(
                        String.valueOf(definition.getBeanClassName()), context.getClassLoader()));
            }
        }
        return found;
    }
}
