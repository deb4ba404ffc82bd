package io.redisstate.cache.aop;

import io.redisstate.cache.CacheableAll;
import io.redisstate.cache.RedisStateCacheManager;
import io.redisstate.core.method.AnnotationAdvisor;
import java.lang.reflect.Method;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.aopalliance.aop.Advice;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.core.MethodClassKey;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.AnnotatedElementUtils;

/**
 * Applies {@link CacheableAll} to the methods of beans. All annotations are checked once all singletons are made; lazy beans
 * are not made for that.
 *
 * @since 0.1
 */
public final class CacheableAllAdvisor extends AnnotationAdvisor {

    private static final long serialVersionUID = 1L;

    private final transient Map<MethodClassKey, CacheableAllOperation> operations = new ConcurrentHashMap<>();
    private final transient ConfigurableListableBeanFactory beans;
    private final transient CacheExpressions expressions;
    private final transient TagExpressions tags;
    private final transient Advice advice;

    /**
     * An advisor.
     *
     * @param caches asked for at the first call
     * @param beans resolves placeholders, and beans in expressions
     */
    public CacheableAllAdvisor(Supplier<RedisStateCacheManager> caches, ConfigurableListableBeanFactory beans) {
        super(CacheableAll.class, beans, Ordered.LOWEST_PRECEDENCE);
        this.beans = beans;
        this.expressions = new CacheExpressions(beans);
        this.tags = new TagExpressions(expressions);
        this.advice = new CacheableAllInterceptor(this::operation, caches, expressions, tags);
    }

    @Override
    protected void check(Method method) {
        CacheableAllOperation operation = operation(method, method.getDeclaringClass());
        tags.check(method, method.getDeclaringClass());
        if (!operation.key().isEmpty()) {
            expressions.parse(method, method.getDeclaringClass(), "@CacheableAll key", operation.key());
        }
    }

    private CacheableAllOperation operation(Method method, Class<?> targetClass) {
        return operations.computeIfAbsent(new MethodClassKey(method, targetClass), key -> {
            CacheableAll annotation =
                    Objects.requireNonNull(AnnotatedElementUtils.findMergedAnnotation(method, CacheableAll.class));
            String cache = Objects.requireNonNullElse(beans.resolveEmbeddedValue(annotation.value()), "");
            return CacheableAllOperation.of(method, targetClass, annotation, cache);
        });
    }

    @Override
    public Advice getAdvice() {
        return advice;
    }
}
