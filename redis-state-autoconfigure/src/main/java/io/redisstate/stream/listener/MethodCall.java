package io.redisstate.stream.listener;

import io.redisstate.core.method.InvalidAnnotationException;
import io.redisstate.stream.Acknowledgement;
import io.redisstate.stream.StreamMessage;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.core.DefaultParameterNameDiscoverer;
import org.springframework.core.MethodParameter;
import org.springframework.core.ResolvableType;
import org.springframework.core.annotation.SynthesizingMethodParameter;
import org.springframework.core.convert.support.DefaultConversionService;
import org.springframework.messaging.handler.annotation.Header;
import org.springframework.messaging.handler.annotation.Headers;
import org.springframework.messaging.handler.annotation.ValueConstants;
import org.springframework.util.ReflectionUtils;

/** Calls of a listener method: which parameter takes what, and what becomes of the result. */
final class MethodCall {

    private final BeanFactory beans;
    private final String bean;
    private final Method method;
    private final List<Argument> arguments = new ArrayList<>();
    private Type payloadType = byte[].class;
    private boolean batches;
    private boolean payloadFound;
    private volatile @Nullable Target target;

    /** What a parameter takes. */
    @FunctionalInterface
    private interface Argument {
        @Nullable
        Object of(List<StreamMessage<Object>> messages, Acknowledgement acknowledgement);
    }

    private record Target(Object bean, Method method) {}

    MethodCall(BeanFactory beans, String bean, Method method) {
        this.beans = beans;
        this.bean = bean;
        this.method = method;
        DefaultParameterNameDiscoverer names = new DefaultParameterNameDiscoverer();
        for (int i = 0; i < method.getParameterCount(); i++) {
            MethodParameter parameter = new SynthesizingMethodParameter(method, i);
            parameter.initParameterNameDiscovery(names);
            arguments.add(argument(parameter));
        }
        if (!payloadFound) {
            throw new InvalidAnnotationException(
                    method,
                    "a @RedisStreamListener method takes a payload, a StreamMessage, or a List of either",
                    null);
        }
        if (batches && hasHeaders()) {
            throw new InvalidAnnotationException(
                    method, "a batch has no headers; take a List<StreamMessage<...>>", null);
        }
    }

    Type payloadType() {
        return payloadType;
    }

    boolean takesBatches() {
        return batches;
    }

    private boolean hasHeaders() {
        for (int i = 0; i < method.getParameterCount(); i++) {
            MethodParameter parameter = new SynthesizingMethodParameter(method, i);
            if (parameter.hasParameterAnnotation(Header.class) || parameter.hasParameterAnnotation(Headers.class)) {
                return true;
            }
        }
        return false;
    }

    private Argument argument(MethodParameter parameter) {
        if (parameter.getParameterType() == Acknowledgement.class) {
            return (messages, acknowledgement) -> acknowledgement;
        }
        Header header = parameter.getParameterAnnotation(Header.class);
        if (header != null) {
            return header(parameter, header);
        }
        if (parameter.hasParameterAnnotation(Headers.class)) {
            return (messages, acknowledgement) -> headersOf(messages.get(0));
        }
        if (payloadFound) {
            throw new InvalidAnnotationException(
                    method,
                    "two parameters would take the payload; others are Acknowledgement, or have @Header or @Headers",
                    null);
        }
        payloadFound = true;
        return payload(ResolvableType.forMethodParameter(parameter));
    }

    private Argument payload(ResolvableType type) {
        if (type.resolve() == List.class) {
            batches = true;
            ResolvableType element = type.getGeneric(0);
            if (element.resolve() == StreamMessage.class) {
                payloadType = element.getGeneric(0).getType();
                return (messages, acknowledgement) -> messages;
            }
            payloadType = element.getType();
            return (messages, acknowledgement) ->
                    messages.stream().map(StreamMessage::payload).toList();
        }
        if (type.resolve() == StreamMessage.class) {
            payloadType = type.getGeneric(0).getType();
            return (messages, acknowledgement) -> messages.get(0);
        }
        payloadType = type.getType();
        return (messages, acknowledgement) -> messages.get(0).payload();
    }

    private Argument header(MethodParameter parameter, Header header) {
        String name = header.name().isEmpty() ? String.valueOf(parameter.getParameterName()) : header.name();
        boolean required = header.required() && !parameter.isOptional();
        String byDefault = header.defaultValue().equals(ValueConstants.DEFAULT_NONE) ? null : header.defaultValue();
        Class<?> type = parameter.nestedIfOptional().getNestedParameterType();
        boolean optional = parameter.getParameterType() == java.util.Optional.class;
        return (messages, acknowledgement) -> {
            Object value = headersOf(messages.get(0)).get(name);
            value = value == null ? byDefault : value;
            if (value == null && required) {
                throw new IllegalArgumentException("Message " + messages.get(0).id() + " has no header '" + name
                        + "', which " + InvalidAnnotationException.nameOf(method) + " requires");
            }
            Object converted = value == null
                    ? null
                    : DefaultConversionService.getSharedInstance().convert(value, type);
            return optional ? java.util.Optional.ofNullable(converted) : converted;
        };
    }

    private static Map<String, Object> headersOf(StreamMessage<?> message) {
        Map<String, Object> headers = new LinkedHashMap<>(message.headers());
        headers.put(StreamHeaders.ID, message.id());
        headers.put(StreamHeaders.DELIVERY_COUNT, message.deliveryCount());
        headers.put(StreamHeaders.STREAM, message.stream());
        headers.put(StreamHeaders.TIMESTAMP, message.timestamp());
        return headers;
    }

    void invokeWithMessage(StreamMessage<Object> message, Acknowledgement acknowledgement) throws Exception {
        invokeWithBatch(List.of(message), acknowledgement);
    }

    void invokeWithBatch(List<StreamMessage<Object>> messages, Acknowledgement acknowledgement) throws Exception {
        @Nullable Object[] values = new Object[arguments.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = arguments.get(i).of(messages, acknowledgement);
        }
        Target called = target();
        try {
            if (called.method.invoke(called.bean, values) instanceof CompletionStage<?> stage) {
                Object unused = stage.toCompletableFuture().get();
            }
        } catch (InvocationTargetException | ExecutionException ex) {
            Throwable cause = Objects.requireNonNull(ex.getCause());
            if (cause instanceof Error error) {
                throw error;
            }
            throw cause instanceof Exception exception ? exception : ex;
        }
    }

    /** Fails where a proxy of the bean does not have the method. */
    void requireCallable() {
        try {
            Target unused = target();
        } catch (IllegalStateException ex) {
            throw new InvalidAnnotationException(method, String.valueOf(ex.getMessage()), ex);
        }
    }

    private Target target() {
        Target known = target;
        if (known == null) {
            Object instance = beans.getBean(bean);
            Method invocable = AopUtils.selectInvocableMethod(method, instance.getClass());
            ReflectionUtils.makeAccessible(invocable);
            known = new Target(instance, invocable);
            if (beans.isSingleton(bean)) {
                target = known;
            }
        }
        return known;
    }
}
