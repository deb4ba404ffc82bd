package io.redisstate.cache.aop;

import io.redisstate.cache.RedisStateCache;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.cache.Cache;
import org.springframework.cache.interceptor.CacheEvictOperation;
import org.springframework.cache.interceptor.CacheOperationInvocationContext;
import org.springframework.cache.interceptor.CacheResolver;
import org.springframework.core.MethodClassKey;

/** Gives annotated methods caches that read values as the type the method returns, and tag them as it says. */
final class TypedCacheResolver implements CacheResolver {

    private final CacheResolver resolver;
    private final TagExpressions tags;
    private final Map<Id, RedisStateCache> views = new ConcurrentHashMap<>();

    private record Id(MethodClassKey method, String cache) {}

    TypedCacheResolver(CacheResolver resolver, TagExpressions tags) {
        this.resolver = resolver;
        this.tags = tags;
    }

    @Override
    public Collection<? extends Cache> resolveCaches(CacheOperationInvocationContext<?> context) {
        Collection<? extends Cache> caches = resolver.resolveCaches(context);
        if (context.getOperation() instanceof CacheEvictOperation) {
            return caches;
        }
        Class<?> target = AopProxyUtils.ultimateTargetClass(context.getTarget());
        CacheExpressions.Call call =
                CacheExpressions.Call.of(context.getMethod(), target, context.getTarget(), context.getArgs());
        List<Cache> typed = new ArrayList<>(caches.size());
        for (Cache cache : caches) {
            typed.add(cache instanceof RedisStateCache ours ? tags.tagged(view(ours, context, target), call) : cache);
        }
        return typed;
    }

    private RedisStateCache view(RedisStateCache cache, CacheOperationInvocationContext<?> context, Class<?> target) {
        Id id = new Id(new MethodClassKey(context.getMethod(), target), cache.getName());
        RedisStateCache present = views.get(id);
        if (present != null) {
            return present;
        }
        Type type = CachedTypes.of(context.getMethod(), target);
        RedisStateCache view = type == null ? cache : cache.typed(type);
        views.put(id, view);
        return view;
    }
}
