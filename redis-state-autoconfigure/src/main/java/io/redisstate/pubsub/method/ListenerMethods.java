package io.redisstate.pubsub.method;

import io.redisstate.core.JsonCodec;
import io.redisstate.core.method.InvalidAnnotationException;
import io.redisstate.pubsub.ListenerErrorHandler;
import io.redisstate.pubsub.ListenerOptions;
import io.redisstate.pubsub.Overflow;
import io.redisstate.pubsub.PubSubListeners;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.config.EmbeddedValueResolver;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.convert.converter.ConverterRegistry;
import org.springframework.data.redis.annotation.RedisListener;
import org.springframework.data.redis.annotation.RedisListeners;
import org.springframework.data.redis.config.MethodRedisListenerEndpoint;
import org.springframework.data.redis.config.RedisListenerConfigurer;
import org.springframework.data.redis.config.RedisListenerEndpoint;
import org.springframework.data.redis.config.RedisListenerEndpointRegistrar;
import org.springframework.data.redis.config.RedisListenerEndpointRegistry;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.listener.RedisMessageListenerContainer;
import org.springframework.data.redis.listener.Topic;
import org.springframework.data.redis.serializer.RedisMessageConverters;
import org.springframework.util.ClassUtils;
import org.springframework.util.StringUtils;
import org.springframework.validation.Validator;

/**
 * Makes the methods annotated with {@link RedisListener} listeners of {@link PubSubListeners}: all annotations of a method
 * share one queue, payloads are read as JSON by the parameter's type, and topics may contain {@code ${...}} and
 * {@code #{...}}.
 *
 * <p>The {@code container} of an annotation says which Redis the messages come from: the container's connection factory is
 * used, its executors and error handler are not, as they do not keep the order. Endpoints that are no methods are left to
 * Spring Data Redis.
 *
 * @since 0.1
 */
public final class ListenerMethods extends RedisListenerEndpointRegistry implements RedisListenerConfigurer {

    private final PubSubListeners listeners;
    private final ListenerOptions defaults;
    private final JsonCodec codec;
    private final ConfigurableListableBeanFactory beans;
    private final EmbeddedValueResolver texts;
    private final List<Found> found = new ArrayList<>();
    private @Nullable RedisListenerEndpointRegistrar registrar;

    private record Key(Object bean, Method method, RedisConnectionFactory connections) {

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Key key
                    && key.bean == bean
                    && key.method.equals(method)
                    && key.connections == connections;
        }

        @Override
        public int hashCode() {
            return 31 * System.identityHashCode(bean) + method.hashCode();
        }
    }

    private record Found(Key key, MethodRedisListenerEndpoint endpoint) {}

    /**
     * Methods.
     *
     * @param defaults how a method gets its messages where {@link RedisListenerOptions} does not say
     * @param codec reads the payloads
     * @param beans where error handlers and a validator are
     */
    public ListenerMethods(
            PubSubListeners listeners,
            ListenerOptions defaults,
            JsonCodec codec,
            ConfigurableListableBeanFactory beans) {
        this.listeners = listeners;
        this.defaults = defaults;
        this.codec = codec;
        this.beans = beans;
        this.texts = new EmbeddedValueResolver(beans);
        listeners.beforeStart(this::listenToFound);
    }

    @Override
    public void addConverters(ConverterRegistry registry) {
        registry.addConverter(Topic.class, String.class, Topic::getTopic);
    }

    @Override
    public void configureMessageConverters(RedisMessageConverters.Builder builder) {
        builder.addCustomConverter(new JsonPayloads(codec));
    }

    @Override
    public @Nullable Validator getValidator() {
        return beans.getBeanProvider(Validator.class).getIfUnique();
    }

    @Override
    public void configureRedisListeners(RedisListenerEndpointRegistrar registrar) {
        this.registrar = registrar;
        registrar.setEndpointRegistry(this);
    }

    @Override
    public void registerListener(RedisListenerEndpoint endpoint, RedisMessageListenerContainer container) {
        if (!(endpoint instanceof MethodRedisListenerEndpoint method)) {
            super.registerListener(endpoint, container);
            return;
        }
        RedisConnectionFactory connections =
                Objects.requireNonNull(container.getConnectionFactory(), "a container has connections");
        Found one = new Found(new Key(method.getBean(), method.getMethod(), connections), method);
        if (listeners.isRunning()) {
            listen(one.key, List.of(one));
        } else {
            found.add(one);
        }
    }

    private void listenToFound() {
        Map<Key, List<Found>> byMethod = new LinkedHashMap<>();
        found.forEach(one ->
                byMethod.computeIfAbsent(one.key, key -> new ArrayList<>()).add(one));
        found.clear();
        byMethod.forEach(this::listen);
    }

    private void listen(Key key, List<Found> endpoints) {
        Map<String, String> contentTypes = new HashMap<>();
        List<String> topics = new ArrayList<>();
        for (RedisListener annotation : AnnotatedElementUtils.getMergedRepeatableAnnotations(
                key.method, RedisListener.class, RedisListeners.class)) {
            if (endpoints.stream().anyMatch(one -> annotation.topic().equals(one.endpoint.getTopic()))) {
                String topic = text(annotation.topic());
                topics.add(topic);
                if (!annotation.consumes().isEmpty()) {
                    contentTypes.put(topic, annotation.consumes());
                }
            }
        }
        HandlerMethod handler = new HandlerMethod(
                Objects.requireNonNull(registrar, "not configured")
                        .getMessageHandlerMethodFactory()
                        .createInvocableHandlerMethod(
                                key.bean, AopUtils.selectInvocableMethod(key.method, key.bean.getClass())),
                contentTypes);
        try {
            listeners.listen(key.connections, idOf(key, endpoints), topics, optionsOf(key.method), handler);
        } catch (IllegalArgumentException ex) {
            throw new InvalidAnnotationException(key.method, String.valueOf(ex.getMessage()), ex);
        }
    }

    /** The first id that an annotation gives, else the name of class and method, with a number where that is taken. */
    private String idOf(Key key, List<Found> endpoints) {
        for (Found one : endpoints) {
            if (!one.endpoint.getId().startsWith("org.springframework.data.redis.")) {
                return one.endpoint.getId();
            }
        }
        String name = ClassUtils.getUserClass(key.bean).getSimpleName() + "." + key.method.getName();
        String id = name;
        for (int i = 2; listeners.find(id).isPresent(); i++) {
            id = name + "#" + i;
        }
        return id;
    }

    private ListenerOptions optionsOf(Method method) {
        RedisListenerOptions given = AnnotatedElementUtils.findMergedAnnotation(method, RedisListenerOptions.class);
        if (given == null) {
            return defaults;
        }
        ListenerOptions options = defaults.withSharded(given.sharded());
        String capacity = text(given.queueCapacity());
        if (!capacity.isEmpty()) {
            options = options.withQueueCapacity(capacityOf(method, capacity));
        }
        String overflow = text(given.overflow());
        if (!overflow.isEmpty()) {
            options = options.withOverflow(overflowOf(method, overflow));
        }
        String handler = text(given.errorHandler());
        return handler.isEmpty()
                ? options
                : options.withErrorHandler(beans.getBean(handler, ListenerErrorHandler.class));
    }

    private static int capacityOf(Method method, String text) {
        try {
            int capacity = Integer.parseInt(text);
            if (capacity >= 1) {
                return capacity;
            }
        } catch (NumberFormatException ex) {
            throw wrong(method, "queueCapacity", text, "a number from 1", ex);
        }
        throw wrong(method, "queueCapacity", text, "a number from 1", null);
    }

    private static Overflow overflowOf(Method method, String text) {
        try {
            return Overflow.valueOf(text.toUpperCase(Locale.ROOT).replace('-', '_'));
        } catch (IllegalArgumentException ex) {
            throw wrong(method, "overflow", text, "block, drop-oldest or drop-newest", ex);
        }
    }

    private static InvalidAnnotationException wrong(
            Method method, String attribute, String given, String allowed, @Nullable Exception cause) {
        return new InvalidAnnotationException(
                method, attribute + " of @RedisListenerOptions is \"" + given + "\"; it must be " + allowed, cause);
    }

    private String text(String value) {
        String resolved = StringUtils.hasText(value) ? texts.resolveStringValue(value) : value;
        return resolved == null ? "" : resolved;
    }
}
