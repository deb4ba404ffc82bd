package io.redisstate.stream.listener;

import io.redisstate.core.method.InvalidAnnotationException;
import io.redisstate.stream.IdempotencyStore;
import io.redisstate.stream.StreamErrorHandler;
import io.redisstate.stream.container.ContainerOptions;
import io.redisstate.stream.container.StreamContainer;
import io.redisstate.stream.container.StreamContainerFactory;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.function.Supplier;
import org.springframework.aop.scope.ScopedProxyUtils;
import org.springframework.beans.BeansException;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.core.MethodIntrospector;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.util.ClassUtils;

/**
 * Finds the {@link RedisStreamListener} methods of all beans at start-up, checks them, and registers a container for each.
 *
 * @since 0.1
 */
public final class StreamListenerMethods implements SmartInitializingSingleton {

    private final ConfigurableListableBeanFactory beans;
    private final Supplier<StreamContainerFactory> factory;
    private final Supplier<StreamListenerRegistry> registry;
    private final Supplier<ListenerDefaults> defaults;

    /**
     * Methods. What is supplied is asked for only if there is a method.
     *
     * @param defaults what holds where the annotation says nothing
     */
    public StreamListenerMethods(
            ConfigurableListableBeanFactory beans,
            Supplier<StreamContainerFactory> factory,
            Supplier<StreamListenerRegistry> registry,
            Supplier<ListenerDefaults> defaults) {
        this.beans = beans;
        this.factory = factory;
        this.registry = registry;
        this.defaults = defaults;
    }

    @Override
    public void afterSingletonsInstantiated() {
        for (String bean : beans.getBeanDefinitionNames()) {
            Class<?> type = ScopedProxyUtils.isScopedTarget(bean) ? null : beans.getType(bean, false);
            if (type != null) {
                MethodIntrospector.selectMethods(ClassUtils.getUserClass(type), (MethodIntrospector.MetadataLookup<
                                        RedisStreamListener>)
                                method -> AnnotatedElementUtils.findMergedAnnotation(method, RedisStreamListener.class))
                        .forEach((method, annotation) -> register(bean, method, annotation));
            }
        }
    }

    private void register(String bean, Method method, RedisStreamListener annotation) {
        if (Modifier.isPrivate(method.getModifiers()) || Modifier.isStatic(method.getModifiers())) {
            throw new InvalidAnnotationException(
                    method, "@RedisStreamListener is for methods that are neither private nor static", null);
        }
        AnnotationTexts texts = new AnnotationTexts(beans, method);
        MethodCall call = new MethodCall(beans, bean, method);
        if (beans.containsSingleton(bean)) {
            call.requireCallable();
        }
        ListenerDefaults given = defaults.get();
        try {
            ContainerOptions options = texts.options(annotation, given.options());
            StreamContainer.Builder builder = call.takesBatches()
                    ? factory.get().batchBuilder(options, call.payloadType(), call::invokeWithBatch)
                    : factory.get().builder(options, call.payloadType(), call::invokeWithMessage);
            texts.text(annotation.errorHandler())
                    .ifPresent(name -> builder.errorHandler(beans.getBean(name, StreamErrorHandler.class)));
            texts.text(annotation.idempotencyStore())
                    .ifPresent(name -> builder.idempotency(beans.getBean(name, IdempotencyStore.class)));
            texts.text(annotation.circuitBreaker())
                    .ifPresent(name -> builder.circuit(CircuitLookup.circuit(beans, name)));
            texts.text(annotation.orderBy())
                    .ifPresent(expression -> builder.orderBy(new OrderExpression(beans, method, expression)));
            registry.get()
                    .register(builder.build(), texts.autoStartup(annotation).orElse(given.autoStartup()));
        } catch (BeansException | IllegalArgumentException ex) {
            throw new InvalidAnnotationException(method, "@RedisStreamListener: " + ex.getMessage(), ex);
        }
    }
}
