package io.redisstate.ratelimit.aop;

import io.redisstate.core.method.InvalidAnnotationException;
import io.redisstate.core.method.MethodExpressions;
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
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.ProxyMethodInvocation;
import org.springframework.aop.support.AopUtils;

/** Asks the limits of a method before each call. Thread-safe. */
final class RateLimitInterceptor implements MethodInterceptor {

    /** The subject of a limit without a key. */
    private static final String EVERYBODY = "all";

    private final RateLimitedOperations operations;
    private final Supplier<RateLimiters> limiters;
    private final MethodExpressions expressions;

    /** What the limits said, and the one that denied and says what to do about it. */
    private record Decision(HeldLimits held, @Nullable RateLimitedOperation denying) {}

    RateLimitInterceptor(
            RateLimitedOperations operations, Supplier<RateLimiters> limiters, MethodExpressions expressions) {
        this.operations = operations;
        this.limiters = limiters;
        this.expressions = expressions;
    }

    @Override
    public @Nullable Object invoke(MethodInvocation invocation) throws Throwable {
        Object target = Objects.requireNonNull(invocation.getThis(), "an advised method has a target");
        List<RateLimitedOperation> limits =
                operations.of(AopUtils.getMostSpecificMethod(invocation.getMethod(), AopUtils.getTargetClass(target)));
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
        Decision decision = acquire(invocation.getMethod(), limits, requests(invocation, limits));
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
    private Decision acquire(Method method, List<RateLimitedOperation> limits, List<RateLimitRequest> requests) {
        long start = System.nanoTime();
        while (true) {
            HeldLimits held = limiters.get().tryHoldAll(requests);
            RateLimitResult denial = held.denial().orElse(null);
            if (denial == null) {
                return new Decision(held, null);
            }
            RateLimitedOperation denying = denying(limits, requests, denial);
            Duration wait = denial.retryAfter();
            Duration waited = Duration.ofNanos(System.nanoTime() - start);
            if (denying.onLimit() != OnLimit.WAIT || waited.plus(wait).compareTo(denying.maxWait()) > 0) {
                return new Decision(held, denying);
            }
            sleep(method, wait);
        }
    }

    private static void sleep(Method method, Duration wait) {
        try {
            TimeUnit.NANOSECONDS.sleep(wait.toNanos());
        } catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(
                    InvalidAnnotationException.nameOf(method) + ": interrupted while waiting for a rate limit", ex);
        }
    }

    /** Of several that ask the same limit, for different subjects, the one that bears least: it is not known which denied. */
    private static RateLimitedOperation denying(
            List<RateLimitedOperation> limits, List<RateLimitRequest> requests, RateLimitResult denial) {
        return IntStream.range(0, limits.size())
                .filter(i -> requests.get(i).limit().name().equals(denial.rule().name()))
                .mapToObj(limits::get)
                .min(Comparator.comparing(RateLimitedOperation::onLimit).thenComparing(RateLimitedOperation::maxWait))
                .orElseThrow();
    }

    private List<RateLimitRequest> requests(MethodInvocation invocation, List<RateLimitedOperation> limits) {
        List<RateLimitRequest> requests = new ArrayList<>(limits.size());
        for (RateLimitedOperation operation : limits) {
            String subject = operation.key().isEmpty()
                    ? EVERYBODY
                    : expressions.evaluateText(invocation, "key", operation.key());
            requests.add(new RateLimitRequest(operation.limit().get(), subject, cost(invocation, operation.cost())));
        }
        return requests;
    }

    private long cost(MethodInvocation invocation, String cost) {
        if (cost.equals("1")) {
            return 1;
        }
        Object value = expressions.evaluate(invocation, "cost", cost);
        if (!(value instanceof Number permits)) {
            throw new InvalidAnnotationException(
                    invocation.getMethod(), "cost = \"" + cost + "\" is " + value + ", not a number", null);
        }
        return permits.longValue();
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
