package io.redisstate.lock.aop;

import io.redisstate.core.method.InvalidAnnotationException;
import io.redisstate.core.method.MethodExpressions;
import io.redisstate.core.method.Results;
import io.redisstate.core.method.Section;
import io.redisstate.lock.LockFailureHandler;
import io.redisstate.lock.LockLease;
import io.redisstate.lock.LockLostException;
import io.redisstate.lock.LockService;
import io.redisstate.lock.LockTimeoutException;
import io.redisstate.lock.OnLockFailure;
import java.lang.reflect.Method;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.ProxyMethodInvocation;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.BeanFactory;

/** Holds the lock around each call. Thread-safe. */
final class LockInterceptor implements MethodInterceptor {

    private final LockOperations operations;
    private final Supplier<LockService> locks;
    private final MethodExpressions expressions;
    private final BeanFactory beans;

    LockInterceptor(
            LockOperations operations, Supplier<LockService> locks, MethodExpressions expressions, BeanFactory beans) {
        this.operations = operations;
        this.locks = locks;
        this.expressions = expressions;
        this.beans = beans;
    }

    @Override
    public @Nullable Object invoke(MethodInvocation call) throws Throwable {
        Object target = Objects.requireNonNull(call.getThis(), "an advised method has a target");
        Method method = AopUtils.getMostSpecificMethod(call.getMethod(), AopUtils.getTargetClass(target));
        LockOperation operation = operations.of(method);
        if (operation.results() == Results.DIRECT) {
            return direct(call, method, operation);
        }
        return operation.results().surround(method.getReturnType(), new Held(call, method, operation));
    }

    private String name(MethodInvocation call, LockOperation operation) {
        return operation.key().isEmpty()
                ? operation.name()
                : operation.name() + ':' + expressions.evaluateText(call, "key", operation.key());
    }

    private @Nullable Object direct(MethodInvocation call, Method method, LockOperation operation) throws Throwable {
        String name = name(call, operation);
        boolean[] entered = new boolean[1];
        try {
            return locks.get().in(operation.scope()).<@Nullable Object>callLocked(name, operation.options(), () -> {
                entered[0] = true;
                return proceed(call);
            });
        } catch (LockTimeoutException ex) {
            if (entered[0]) {
                throw ex;
            }
            return refused(call, method, operation, ex);
        } catch (InterruptedException ex) {
            if (entered[0]) {
                throw ex;
            }
            Thread.currentThread().interrupt();
            throw new IllegalStateException(
                    InvalidAnnotationException.nameOf(method) + ": interrupted while waiting for the lock '" + name
                            + "'",
                    ex);
        }
    }

    private static @Nullable Object proceed(MethodInvocation call) throws Exception {
        try {
            return call.proceed();
        } catch (Exception | Error ex) {
            throw ex;
        } catch (Throwable ex) {
            throw new java.lang.reflect.UndeclaredThrowableException(ex);
        }
    }

    private @Nullable Object refused(
            MethodInvocation call, Method method, LockOperation operation, LockTimeoutException failure)
            throws Exception {
        if (operation.onFailure() == OnLockFailure.THROW) {
            throw failure;
        }
        if (operation.onFailure() == OnLockFailure.SKIP) {
            return method.getReturnType() == Optional.class ? Optional.empty() : null;
        }
        LockFailureHandler handler = operation.handler().isEmpty()
                ? beans.getBean(LockFailureHandler.class)
                : beans.getBean(operation.handler(), LockFailureHandler.class);
        return handler.handle(method, call.getArguments(), failure);
    }

    /** A lease around a future or publisher. */
    private final class Held implements Section<LockLease> {

        private final MethodInvocation call;
        private final Method method;
        private final LockOperation operation;

        Held(MethodInvocation call, Method method, LockOperation operation) {
            this.call = call;
            this.method = method;
            this.operation = operation;
        }

        @Override
        public CompletableFuture<LockLease> open() {
            return locks.get().in(operation.scope()).acquireAsync(name(call, operation), operation.options());
        }

        /** On a copy: an invocation proceeds only once, but a publisher may be subscribed to again. */
        @Override
        public @Nullable Object proceed() throws Throwable {
            return (call instanceof ProxyMethodInvocation proxied ? proxied.invocableClone() : call).proceed();
        }

        @Override
        public @Nullable Object refused(Throwable failure) throws Throwable {
            if (failure instanceof LockTimeoutException timeout) {
                return LockInterceptor.this.refused(call, method, operation, timeout);
            }
            throw failure;
        }

        @Override
        public @Nullable RuntimeException close(LockLease lease) {
            return lease.release() ? null : new LockLostException(lease.name(), lease.fencingToken());
        }
    }
}
