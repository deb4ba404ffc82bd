package io.redisstate.cache.aop;

import io.redisstate.cache.RedisStateCache;
import io.redisstate.cache.RedisStateCacheManager;
import io.redisstate.core.method.InvalidAnnotationException;
import io.redisstate.core.method.Results;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.ProxyMethodInvocation;
import org.springframework.aop.support.AopUtils;

/** Calls methods that give many values with the keys whose values are not in the cache. Thread-safe. */
final class CacheableAllInterceptor implements MethodInterceptor {

    private static final String KEY = "key";

    private final BiFunction<Method, Class<?>, CacheableAllOperation> operations;
    private final Supplier<RedisStateCacheManager> caches;
    private final CacheExpressions expressions;
    private final TagExpressions tags;

    CacheableAllInterceptor(
            BiFunction<Method, Class<?>, CacheableAllOperation> operations,
            Supplier<RedisStateCacheManager> caches,
            CacheExpressions expressions,
            TagExpressions tags) {
        this.operations = operations;
        this.caches = caches;
        this.expressions = expressions;
        this.tags = tags;
    }

    /** Carries what the method throws past the cache. */
    private static final class Thrown extends RuntimeException {

        private static final long serialVersionUID = 1L;

        private final transient Throwable carried;

        Thrown(Throwable carried) {
            super(carried.getMessage(), carried, false, false);
            this.carried = carried;
        }
    }

    @Override
    public @Nullable Object invoke(MethodInvocation invocation) throws Throwable {
        Object target = Objects.requireNonNull(invocation.getThis(), "an advised method has a target");
        Class<?> targetClass = AopUtils.getTargetClass(target);
        CacheExpressions.Call call =
                CacheExpressions.Call.of(invocation.getMethod(), targetClass, target, invocation.getArguments());
        CacheableAllOperation operation = operations.apply(call.method(), targetClass);
        Object given = invocation.getArguments()[operation.keys()];
        if (!(given instanceof Iterable<?> keys)) {
            return invocation.proceed();
        }
        Map<Object, Object> byCacheKey = new LinkedHashMap<>();
        for (Object key : keys) {
            byCacheKey.putIfAbsent(cacheKey(call, operation, key), key);
        }
        Call all = new Call(invocation, call.method(), operation, byCacheKey);
        RedisStateCache cache = tags.tagged(
                caches.get().getCache(operation.cache()).typed(operation.valueType()), call, byCacheKey::get);
        Class<?> returnType = call.method().getReturnType();
        if (Results.of(returnType) != Results.DIRECT) {
            return CacheableAllResults.of(returnType, later -> cache.retrieveAll(
                            byCacheKey.keySet(), missing -> all.loadLater(missing, later))
                    .thenApply(all::result));
        }
        try {
            return all.result(cache.getAll(byCacheKey.keySet(), all::load));
        } catch (Thrown ex) {
            throw ex.carried;
        }
    }

    private Object cacheKey(CacheExpressions.Call call, CacheableAllOperation operation, @Nullable Object key) {
        if (key == null) {
            throw new IllegalArgumentException(
                    InvalidAnnotationException.nameOf(call.method()) + " was given a null among the keys");
        }
        if (operation.key().isEmpty()) {
            return key;
        }
        Object value =
                expressions.value(call, "@CacheableAll key", operation.key(), Collections.singletonMap(KEY, key));
        if (value == null) {
            throw new InvalidAnnotationException(
                    call.method(), "@CacheableAll key \"" + operation.key() + "\" is null", null);
        }
        return value;
    }

    /**
     * One call of the method.
     *
     * @param keys what the method knows the cache's keys by
     */
    private record Call(
            MethodInvocation invocation, Method method, CacheableAllOperation operation, Map<Object, Object> keys) {

        /** The values there are, by the method's keys. */
        Map<Object, Object> result(Map<Object, @Nullable Object> found) {
            Map<Object, Object> result = new LinkedHashMap<>();
            found.forEach((key, value) -> {
                if (value != null) {
                    result.put(Objects.requireNonNull(keys.get(key)), value);
                }
            });
            return result;
        }

        Map<Object, @Nullable Object> load(List<Object> missing) {
            return byCacheKey(missing, proceed(missing));
        }

        CompletableFuture<Map<Object, @Nullable Object>> loadLater(
                List<Object> missing, CacheableAllResults.Later later) {
            try {
                return later.of(proceed(missing)).thenApply(values -> byCacheKey(missing, values));
            } catch (Thrown ex) {
                return CompletableFuture.failedFuture(ex.carried);
            }
        }

        private @Nullable Object proceed(List<Object> missing) {
            List<Object> wanted = new ArrayList<>(missing.size());
            missing.forEach(cacheKey -> wanted.add(Objects.requireNonNull(keys.get(cacheKey))));
            // With arguments of its own.
            MethodInvocation call = ((ProxyMethodInvocation) invocation).invocableClone();
            call.getArguments()[operation.keys()] = operation.argument(method, wanted);
            try {
                return call.proceed();
            } catch (Throwable ex) {
                throw new Thrown(ex);
            }
        }

        /** What the method leaves out has no value. */
        private Map<Object, @Nullable Object> byCacheKey(List<Object> missing, @Nullable Object loaded) {
            Map<?, ?> values = loaded instanceof Map<?, ?> map ? map : Map.of();
            Map<Object, @Nullable Object> result = new LinkedHashMap<>();
            missing.forEach(cacheKey -> result.put(cacheKey, values.get(keys.get(cacheKey))));
            return result;
        }
    }
}
