package io.redisstate.job.method;

import io.redisstate.core.method.InvalidAnnotationException;
import io.redisstate.job.JobContext;
import io.redisstate.job.JobFunction;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.util.ReflectionUtils;

/** A method of a bean as what handles jobs. The bean is looked up at the first job. */
final class HandlerMethod implements JobFunction<@Nullable Object> {

    private static final int NONE = -1;

    private final BeanFactory beans;
    private final String bean;
    private final Method method;
    private final int payload;
    private final int context;

    /** @throws InvalidAnnotationException if jobs can't be handed to it */
    HandlerMethod(BeanFactory beans, String bean, Method method, String annotation, boolean withPayload) {
        this.beans = beans;
        this.bean = bean;
        this.method = method;
        if (Modifier.isPrivate(method.getModifiers()) || Modifier.isStatic(method.getModifiers())) {
            throw new InvalidAnnotationException(
                    method, annotation + " is for methods that are neither private nor static", null);
        }
        int payloadAt = NONE;
        int contextAt = NONE;
        Class<?>[] parameters = method.getParameterTypes();
        for (int i = 0; i < parameters.length; i++) {
            if (parameters[i] == JobContext.class && contextAt == NONE) {
                contextAt = i;
            } else if (withPayload && payloadAt == NONE) {
                payloadAt = i;
            } else {
                throw new InvalidAnnotationException(
                        method,
                        "a method with " + annotation + " takes "
                                + (withPayload
                                        ? "the payload and a JobContext, both optional"
                                        : "nothing or a JobContext"),
                        null);
            }
        }
        this.payload = payloadAt;
        this.context = contextAt;
    }

    /** What the payload is read as. */
    Type payloadType() {
        return payload == NONE ? Object.class : method.getGenericParameterTypes()[payload];
    }

    @Override
    public @Nullable Object handle(@Nullable Object value, JobContext job) throws Exception {
        Object target = beans.getBean(bean);
        Method invocable = AopUtils.selectInvocableMethod(method, target.getClass());
        ReflectionUtils.makeAccessible(invocable);
        @Nullable Object[] arguments = new @Nullable Object[method.getParameterCount()];
        if (payload != NONE) {
            arguments[payload] = value;
        }
        if (context != NONE) {
            arguments[context] = job;
        }
        try {
            return invocable.invoke(target, arguments);
        } catch (InvocationTargetException ex) {
            ReflectionUtils.rethrowException(ex.getTargetException());
            throw ex;
        }
    }
}
