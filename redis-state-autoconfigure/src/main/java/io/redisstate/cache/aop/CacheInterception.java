package io.redisstate.cache.aop;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.cache.CacheManager;
import org.springframework.cache.interceptor.CacheAspectSupport;
import org.springframework.cache.interceptor.CacheOperationSource;
import org.springframework.cache.interceptor.CacheResolver;
import org.springframework.cache.interceptor.SimpleCacheResolver;

/**
 * Teaches Spring's cache interceptor what {@link io.redisstate.cache.RedisStateCache} can do: values are read as the
 * type the annotated method returns, and plain {@code @Cacheable} methods are protected as if they said {@code sync}.
 *
 * @since 0.1
 */
public final class CacheInterception implements SmartInitializingSingleton {

    private final Iterable<? extends CacheAspectSupport> interceptors;
    private final Supplier<CacheManager> caches;
    private final boolean protect;
    private final TagExpressions tags;

    /**
     * For some interceptors.
     *
     * @param caches asked for at the end of the start-up
     * @param protect whether plain {@code @Cacheable} methods are protected where Spring's rules allow it
     * @param beans where {@code @name} in expressions is looked up; null for nowhere
     */
    public CacheInterception(
            Iterable<? extends CacheAspectSupport> interceptors,
            Supplier<CacheManager> caches,
            boolean protect,
            @Nullable BeanFactory beans) {
        this.interceptors = interceptors;
        this.caches = caches;
        this.protect = protect;
        this.tags = new TagExpressions(new CacheExpressions(beans));
    }

    @Override
    public void afterSingletonsInstantiated() {
        for (CacheAspectSupport interceptor : interceptors) {
            CacheResolver resolver = interceptor.getCacheResolver();
            boolean plain = resolver == null || resolver.getClass() == SimpleCacheResolver.class;
            CacheOperationSource operations = interceptor.getCacheOperationSource();
            if (protect && plain && operations != null) {
                interceptor.setCacheOperationSource(new ProtectedOperations(operations));
            }
            interceptor.setCacheResolver(
                    new TypedCacheResolver(resolver == null ? new SimpleCacheResolver(caches.get()) : resolver, tags));
        }
    }
}
