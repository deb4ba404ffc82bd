package io.redisstate.cache.aop;

import java.lang.reflect.Method;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.springframework.cache.interceptor.CacheOperation;
import org.springframework.cache.interceptor.CacheOperationSource;
import org.springframework.cache.interceptor.CacheableOperation;
import org.springframework.core.MethodClassKey;
import org.springframework.util.StringUtils;

/**
 * The caching operations of methods, with those synchronised that Spring lets be: the method's only operation, on one
 * cache, without {@code unless}.
 */
final class ProtectedOperations implements CacheOperationSource {

    private final CacheOperationSource source;
    private final Map<MethodClassKey, Collection<CacheOperation>> known = new ConcurrentHashMap<>();

    ProtectedOperations(CacheOperationSource source) {
        this.source = source;
    }

    @Override
    public boolean isCandidateClass(Class<?> targetClass) {
        return source.isCandidateClass(targetClass);
    }

    @Override
    public boolean hasCacheOperations(Method method, @Nullable Class<?> targetClass) {
        return source.hasCacheOperations(method, targetClass);
    }

    @Override
    public @Nullable Collection<CacheOperation> getCacheOperations(Method method, @Nullable Class<?> targetClass) {
        MethodClassKey key = new MethodClassKey(method, targetClass);
        Collection<CacheOperation> present = known.get(key);
        if (present != null) {
            return present;
        }
        Collection<CacheOperation> operations = source.getCacheOperations(method, targetClass);
        if (operations == null) {
            return null;
        }
        Collection<CacheOperation> result = operations.size() == 1
                        && operations.iterator().next() instanceof CacheableOperation cacheable
                        && isEligible(cacheable)
                ? List.of(synchronised(cacheable))
                : operations;
        known.put(key, result);
        return result;
    }

    private static boolean isEligible(CacheableOperation operation) {
        return !operation.isSync()
                && operation.getCacheNames().size() == 1
                && !StringUtils.hasText(operation.getUnless())
                && !StringUtils.hasText(operation.getCacheResolver())
                && !StringUtils.hasText(operation.getCacheManager());
    }

    private static CacheableOperation synchronised(CacheableOperation operation) {
        CacheableOperation.Builder copy = new CacheableOperation.Builder();
        copy.setName(operation.getName());
        Set<String> names = operation.getCacheNames();
        copy.setCacheNames(names.toArray(String[]::new));
        copy.setKey(operation.getKey());
        copy.setKeyGenerator(operation.getKeyGenerator());
        copy.setCacheManager(operation.getCacheManager());
        copy.setCacheResolver(operation.getCacheResolver());
        copy.setCondition(operation.getCondition());
        copy.setSync(true);
        return copy.build();
    }
}
