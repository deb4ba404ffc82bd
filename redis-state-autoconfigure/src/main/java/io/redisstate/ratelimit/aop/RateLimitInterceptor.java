package io.redisstate.ratelimit.aop;

import io.redisstate.ratelimit.HeldLimits;
import io.redisstate.ratelimit.OnLimit;
import io.redisstate.ratelimit.RateLimitExceededException;
import io.redisstate.ratelimit.RateLimitRequest;
import io.redisstate.ratelimit.RateLimitResult;
import io.redisstate.ratelimit.RateLimiters;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.ProxyMethodInvocation;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.context.expression.BeanFactoryResolver;
import org.springframework.context.expression.MethodBasedEvaluationContext;
import org.springframework.core.DefaultParameterNameDiscoverer;
import org.springframework.expression.EvaluationContext;
import org.springframework.expression.EvaluationException;
import org.springframework.expression.Expression;

/** Asks the limits of a method before each call. Thread-safe. */
final class RateLimitInterceptor implements MethodInterceptor {

    private final RateLimitedOperations operations;
    private final Supplier<RateLimiters> limiters;
    private final BeanFactoryResolver beans;
    private final DefaultParameterNameDiscoverer names = new DefaultParameterNameDiscoverer();

    /** What an expression can use of the call. */
    record Call(Method method, Object target, List<@Nullable Object> args) {}

    /** What the limits said, and the one that denied and says what to do about it. */
    private record Decision(HeldLimits held, @Nullable RateLimitedOperation denying) {}

    RateLimitInterceptor(RateLimitedOperations operations, Supplier<RateLimiters> limiters, BeanFactory beans) {
        this.operations = operations;
        this.limiters = limiters;
        this.beans = new BeanFactoryResolver(beans);
    }

    @Override
    public @Nullable Object invoke(MethodInvocation invocation) throws Throwable {
        Object target = invocation.getThis();
        if (target == null) {
            return invocation.proceed();
        }
        List<RateLimitedOperation> limits = operations.of(invocation.getMethod(), target.getClass());
        Class<?> returnType = invocation.getMethod().getReturnType();
        if (ReactiveReturns.adapts(returnType)) {
            // An invocation can proceed once; each subscription makes the call anew.
            return ReactiveReturns.deferred(
                    returnType, () -> guarded(((ProxyMethodInvocation) invocation).invocableClone(), target, limits));
        }
        try {
            return guarded(invocation, target, limits);
        } catch (RateLimitExceededException ex) {
            if (CompletionStage.class.isAssignableFrom(returnType)
                    && returnType.isAssignableFrom(CompletableFuture.class)) {
                return CompletableFuture.failedFuture(ex);
            }
            throw ex;
        }
    }

    private @Nullable Object guarded(MethodInvocation invocation, Object target, List<RateLimitedOperation> limits)
            throws Throwable {
        Decision decision = acquire(limits, requests(invocation, target, limits));
        RateLimitedOperation denying = decision.denying();
        if (denying == null) {
            return holding(decision.held(), invocation);
        }
        Method fallback = denying.fallback();
        if (fallback == null) {
            throw new RateLimitExceededException(decision.held().denial().orElseThrow());
        }
        return call(fallback, target, invocation.getArguments());
    }

    /** Calls the method, keeping permits of concurrency limits until its result is there. */
    private static @Nullable Object holding(HeldLimits held, MethodInvocation invocation) throws Throwable {
        Object result = null;
        try {
            result = invocation.proceed();
        } finally {
            if (!ReactiveReturns.lasts(invocation.getMethod().getReturnType(), result)) {
                held.close();
            }
        }
        return result == null
                ? null
                : ReactiveReturns.closing(invocation.getMethod().getReturnType(), result, held::close);
    }

    /** Takes of all limits, waiting as those that deny allow. */
    private Decision acquire(List<RateLimitedOperation> limits, List<RateLimitRequest> requests)
            throws InterruptedException {
        long start = System.nanoTime();
        while (true) {
            HeldLimits held = limiters.get().tryHoldAll(requests);
            RateLimitResult denial = held.denial().orElse(null);
            if (denial == null) {
                return new Decision(held, null);
            }
            RateLimitedOperation denying = denying(limits, denial);
            Duration wait = denial.retryAfter();
            Duration waited = Duration.ofNanos(System.nanoTime() - start);
            if (denying.onLimit() != OnLimit.WAIT || waited.plus(wait).compareTo(denying.maxWait()) > 0) {
                return new Decision(held, denying);
            }
            TimeUnit.NANOSECONDS.sleep(wait.toNanos());
        }
    }

    private static RateLimitedOperation denying(List<RateLimitedOperation> limits, RateLimitResult denial) {
        return limits.stream()
                .filter(operation ->
                        operation.limit().get().name().equals(denial.rule().name()))
                .findFirst()
                .orElseThrow();
    }

    private List<RateLimitRequest> requests(
            MethodInvocation invocation, Object target, List<RateLimitedOperation> limits) {
        List<RateLimitRequest> requests = new ArrayList<>(limits.size());
        for (RateLimitedOperation operation : limits) {
            Object cost = evaluate(invocation, target, operation.cost(), "cost");
            if (!(cost instanceof Number permits)) {
                throw failure(invocation, "cost", operation.cost(), "gave " + cost + ", not a number", null);
            }
            requests.add(new RateLimitRequest(
                    operation.limit().get(), subject(invocation, target, operation), permits.longValue()));
        }
        return requests;
    }

    private String subject(MethodInvocation invocation, Object target, RateLimitedOperation operation) {
        Expression key = operation.key();
        if (key == null) {
            return "all";
        }
        Object value = evaluate(invocation, target, key, "key");
        if (value == null || value.toString().isEmpty()) {
            throw failure(invocation, "key", key, "gave " + (value == null ? "null" : "an empty text"), null);
        }
        return value.toString();
    }

    private @Nullable Object evaluate(
            MethodInvocation invocation, Object target, Expression expression, String attribute) {
        Method method = invocation.getMethod();
        Call call = new Call(method, target, Arrays.asList(invocation.getArguments()));
        MethodBasedEvaluationContext context =
                new MethodBasedEvaluationContext(call, method, invocation.getArguments(), names);
        context.setBeanResolver(beans);
        try {
            return expression.getValue((EvaluationContext) context);
        } catch (EvaluationException ex) {
            throw failure(invocation, attribute, expression, "failed: " + ex.getMessage(), ex);
        }
    }

    private static IllegalStateException failure(
            MethodInvocation invocation,
            String attribute,
            Expression expression,
            String what,
            @Nullable Exception cause) {
        return new IllegalStateException(
                "@RateLimited on " + RateLimitedDeclarationException.name(invocation.getMethod()) + ": " + attribute
                        + " '" + expression.getExpressionString() + "' " + what,
                cause);
    }

    private static @Nullable Object call(Method fallback, Object target, @Nullable Object[] arguments)
            throws Throwable {
        try {
            return fallback.invoke(target, arguments);
        } catch (InvocationTargetException ex) {
            throw ex.getCause() == null ? ex : ex.getCause();
        }
    }
}
