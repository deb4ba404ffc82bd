package io.redisstate.lock.aop;

import io.redisstate.core.method.InvalidAnnotationException;
import io.redisstate.core.method.MethodExpressions;
import io.redisstate.core.method.Results;
import io.redisstate.lock.DistributedLock;
import io.redisstate.lock.LockFailureHandler;
import io.redisstate.lock.LockOptions;
import io.redisstate.lock.OnLockFailure;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.format.datetime.standard.DurationFormatterUtils;

/** The locks of annotated methods, each read once. Thread-safe. */
final class LockOperations {

    private final Supplier<LockOptions> defaults;
    private final ConfigurableListableBeanFactory beans;
    private final MethodExpressions expressions;
    private final Map<Method, LockOperation> operations = new ConcurrentHashMap<>();

    LockOperations(
            Supplier<LockOptions> defaults, ConfigurableListableBeanFactory beans, MethodExpressions expressions) {
        this.defaults = defaults;
        this.beans = beans;
        this.expressions = expressions;
    }

    /**
     * The lock of the most specific method.
     *
     * @throws InvalidAnnotationException if its annotation can't be obeyed
     */
    LockOperation of(Method method) {
        LockOperation known = operations.get(method);
        if (known == null) {
            known = read(method);
            operations.put(method, known);
        }
        return known;
    }

    private LockOperation read(Method method) {
        DistributedLock annotation = AnnotatedElementUtils.findMergedAnnotation(method, DistributedLock.class);
        if (annotation == null) {
            throw new IllegalArgumentException(method + " has no @DistributedLock");
        }
        String name = resolved(method, "name", annotation.name());
        if (name.isEmpty() && annotation.key().isEmpty()) {
            throw new InvalidAnnotationException(method, "@DistributedLock has neither a name nor a key", null);
        }
        if (!annotation.key().isEmpty()) {
            expressions.parse(method, "key", annotation.key());
        }
        checkFailure(method, annotation);
        return new LockOperation(
                name.isEmpty() ? method.getDeclaringClass().getName() + '.' + method.getName() : name,
                annotation.key(),
                annotation.scope(),
                options(method, annotation),
                annotation.onFailure(),
                annotation.handler(),
                Results.of(method.getReturnType()));
    }

    private LockOptions options(Method method, DistributedLock annotation) {
        LockOptions given = defaults.get();
        Duration wait = duration(method, "waitTime", annotation.waitTime(), given.waitTime());
        Duration lease = duration(method, "leaseTime", annotation.leaseTime(), given.leaseTime());
        Duration least = duration(method, "lockAtLeastFor", annotation.lockAtLeastFor(), given.lockAtLeastFor());
        try {
            return new LockOptions(
                    wait,
                    lease,
                    given.renew() && annotation.renew(),
                    given.fair() || annotation.fair(),
                    least,
                    given.replicas(),
                    given.replicaTimeout(),
                    given.interruptOnLoss());
        } catch (IllegalArgumentException ex) {
            throw new InvalidAnnotationException(method, "@DistributedLock: " + ex.getMessage(), ex);
        }
    }

    private void checkFailure(Method method, DistributedLock annotation) {
        Class<?> type = method.getReturnType();
        if (Results.of(type) == Results.DIRECT && Future.class.isAssignableFrom(type)) {
            throw new InvalidAnnotationException(
                    method,
                    "@DistributedLock can't tell when a " + type.getSimpleName() + " ends; return a CompletableFuture",
                    null);
        }
        if (Results.of(type) == Results.FUTURE
                && !type.isAssignableFrom(java.util.concurrent.CompletableFuture.class)) {
            throw new InvalidAnnotationException(
                    method,
                    "@DistributedLock can't give a " + type.getSimpleName() + "; return a CompletableFuture",
                    null);
        }
        if (annotation.onFailure() == OnLockFailure.SKIP && type.isPrimitive() && type != void.class) {
            throw new InvalidAnnotationException(
                    method,
                    "onFailure = SKIP has no result to give for the primitive type " + type
                            + "; return its wrapper type or an Optional",
                    null);
        }
        if (!annotation.handler().isEmpty()) {
            if (annotation.onFailure() != OnLockFailure.HANDLE) {
                throw new InvalidAnnotationException(
                        method, "handler is given, but onFailure is " + annotation.onFailure() + ", not HANDLE", null);
            }
            if (!beans.containsBean(annotation.handler())
                    || !beans.isTypeMatch(annotation.handler(), LockFailureHandler.class)) {
                throw new InvalidAnnotationException(
                        method, "handler = \"" + annotation.handler() + "\" is no LockFailureHandler bean", null);
            }
        } else if (annotation.onFailure() == OnLockFailure.HANDLE
                && beans.getBeanNamesForType(LockFailureHandler.class, true, false).length == 0) {
            throw new InvalidAnnotationException(
                    method, "onFailure = HANDLE needs a LockFailureHandler bean, and there is none", null);
        }
    }

    private Duration duration(Method method, String attribute, String text, Duration byDefault) {
        if (text.isEmpty()) {
            return byDefault;
        }
        String value = resolved(method, attribute, text);
        try {
            return DurationFormatterUtils.detectAndParse(value);
        } catch (IllegalArgumentException ex) {
            throw new InvalidAnnotationException(
                    method, attribute + " = \"" + value + "\" is no duration such as 30s or PT1M", ex);
        }
    }

    private String resolved(Method method, String attribute, String text) {
        try {
            String value = beans.resolveEmbeddedValue(text);
            return value == null ? "" : value;
        } catch (IllegalArgumentException ex) {
            throw new InvalidAnnotationException(
                    method, attribute + " = \"" + text + "\" can't be resolved: " + ex.getMessage(), ex);
        }
    }
}
