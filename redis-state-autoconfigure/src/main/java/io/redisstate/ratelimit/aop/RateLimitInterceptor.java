package io.redisstate.ratelimit.aop;

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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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

    /** A denial and the operation that says what to do about it. */
    private record Denial(RateLimitedOperation operation, RateLimitResult result) {}

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
        for (Map.Entry<String, List<RateLimitedOperation>> group :
                bySubject(invocation, target, limits).entrySet()) {
            Denial denial = acquire(group.getValue(), requests(invocation, target, group));
            if (denial != null) {
                Method fallback = denial.operation().fallback();
                if (fallback == null) {
                    throw new RateLimitExceededException(denial.result());
                }
                return call(fallback, target, invocation.getArguments());
            }
        }
        return invocation.proceed();
    }

    private Map<String, List<RateLimitedOperation>> bySubject(
            MethodInvocation invocation, Object target, List<RateLimitedOperation> limits) {
        Map<String, List<RateLimitedOperation>> groups = new LinkedHashMap<>();
        for (RateLimitedOperation limit : limits) {
            groups.computeIfAbsent(subject(invocation, target, limit), unused -> new ArrayList<>())
                    .add(limit);
        }
        return groups;
    }

    /** Takes of all limits of one subject, waiting as those that deny allow; null once it has. */
    private @Nullable Denial acquire(List<RateLimitedOperation> group, List<RateLimitRequest> requests)
            throws InterruptedException {
        long start = System.nanoTime();
        while (true) {
            Denial denial = worst(group, limiters.get().tryAcquireEach(requests));
            if (denial == null) {
                return null;
            }
            Duration wait = denial.result().retryAfter();
            Duration waited = Duration.ofNanos(System.nanoTime() - start);
            if (denial.operation().onLimit() != OnLimit.WAIT
                    || waited.plus(wait).compareTo(denial.operation().maxWait()) > 0) {
                return denial;
            }
            TimeUnit.NANOSECONDS.sleep(wait.toNanos());
        }
    }

    private static @Nullable Denial worst(List<RateLimitedOperation> group, List<RateLimitResult> results) {
        Denial worst = null;
        for (int i = 0; i < results.size(); i++) {
            RateLimitResult result = results.get(i);
            if (!result.allowed()
                    && (worst == null
                            || result.retryAfter().compareTo(worst.result().retryAfter()) > 0)) {
                worst = new Denial(group.get(i), result);
            }
        }
        return worst;
    }

    private List<RateLimitRequest> requests(
            MethodInvocation invocation, Object target, Map.Entry<String, List<RateLimitedOperation>> group) {
        List<RateLimitRequest> requests = new ArrayList<>(group.getValue().size());
        for (RateLimitedOperation operation : group.getValue()) {
            Object cost = evaluate(invocation, target, operation.cost(), "cost");
            if (!(cost instanceof Number permits)) {
                throw failure(invocation, "cost", operation.cost(), "gave " + cost + ", not a number", null);
            }
            requests.add(new RateLimitRequest(operation.limit().get(), group.getKey(), permits.longValue()));
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
