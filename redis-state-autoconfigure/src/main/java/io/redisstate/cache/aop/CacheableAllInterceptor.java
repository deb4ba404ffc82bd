package io.redisstate.cache.aop;

import io.redisstate.cache.RedisStateCache;
import io.redisstate.cache.RedisStateCacheManager;
import io.redisstate.core.method.InvalidAnnotationException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
        RedisStateCache cache = caches.get().getCache(operation.cache()).typed(operation.valueType());
        RedisStateCache tagged = tags.tagged(cache, call, byCacheKey::get);
        try {
            Map<Object, @Nullable Object> found = tagged.getAll(
                    byCacheKey.keySet(), missing -> load(invocation, call.method(), operation, byCacheKey, missing));
            Map<Object, Object> result = new LinkedHashMap<>();
            found.forEach((key, value) -> {
                if (value != null) {
                    result.put(Objects.requireNonNull(byCacheKey.get(key)), value);
                }
            });
            return result;
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

    private static Map<Object, @Nullable Object> load(
            MethodInvocation invocation,
            Method method,
            CacheableAllOperation operation,
            Map<Object, Object> byCacheKey,
            List<Object> missing) {
        List<Object> keys = new ArrayList<>(missing.size());
        missing.forEach(cacheKey -> keys.add(Objects.requireNonNull(byCacheKey.get(cacheKey))));
        // With arguments of its own.
        MethodInvocation call = ((ProxyMethodInvocation) invocation).invocableClone();
        call.getArguments()[operation.keys()] = operation.argument(method, keys);
        Object loaded;
        try {
            loaded = call.proceed();
        } catch (Throwable ex) {
            throw new Thrown(ex);
        }
        Map<?, ?> values = loaded instanceof Map<?, ?> map ? map : Map.of();
        Map<Object, @Nullable Object> result = new LinkedHashMap<>();
        for (int i = 0; i < missing.size(); i++) {
            result.put(missing.get(i), values.get(keys.get(i)));
        }
        return result;
    }
}
