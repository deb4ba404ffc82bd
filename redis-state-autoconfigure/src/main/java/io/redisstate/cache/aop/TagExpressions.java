package io.redisstate.cache.aop;

import io.redisstate.cache.CacheTags;
import io.redisstate.core.method.InvalidAnnotationException;
import java.lang.reflect.Method;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.context.expression.AnnotatedElementKey;
import org.springframework.context.expression.BeanFactoryResolver;
import org.springframework.context.expression.CachedExpressionEvaluator;
import org.springframework.context.expression.MethodBasedEvaluationContext;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.expression.EvaluationException;
import org.springframework.expression.Expression;
import org.springframework.expression.ParseException;

/** The tags of {@link CacheTags} for a call. Thread-safe. */
final class TagExpressions extends CachedExpressionEvaluator {

    private static final String[] NONE = {};

    private final Map<ExpressionKey, Expression> expressions = new ConcurrentHashMap<>();
    private final Map<AnnotatedElementKey, String[]> annotated = new ConcurrentHashMap<>();
    private final @Nullable BeanFactory beans;

    TagExpressions(@Nullable BeanFactory beans) {
        this.beans = beans;
    }

    /** @throws InvalidAnnotationException if an expression can't be evaluated */
    @SuppressWarnings("NullAway") // arguments may be null, which Spring's signature does not say
    Set<String> of(Method method, Class<?> targetClass, Object target, @Nullable Object[] arguments) {
        Method specific = AopUtils.getMostSpecificMethod(method, targetClass);
        AnnotatedElementKey key = new AnnotatedElementKey(specific, targetClass);
        String[] texts = annotated.computeIfAbsent(key, unused -> expressionsOf(specific));
        if (texts.length == 0) {
            return Set.of();
        }
        MethodBasedEvaluationContext context =
                new MethodBasedEvaluationContext(target, specific, arguments, getParameterNameDiscoverer());
        if (beans != null) {
            context.setBeanResolver(new BeanFactoryResolver(beans));
        }
        Set<String> tags = new TreeSet<>();
        for (String text : texts) {
            add(tags, valueOf(specific, key, text, context));
        }
        return tags;
    }

    private static String[] expressionsOf(Method method) {
        CacheTags tags = AnnotatedElementUtils.findMergedAnnotation(method, CacheTags.class);
        return tags == null ? NONE : tags.value();
    }

    private @Nullable Object valueOf(
            Method method, AnnotatedElementKey key, String text, MethodBasedEvaluationContext context) {
        try {
            return getExpression(expressions, key, text).getValue(context);
        } catch (EvaluationException | ParseException ex) {
            throw new InvalidAnnotationException(method, "@CacheTags \"" + text + "\" failed: " + ex.getMessage(), ex);
        }
    }

    private static void add(Set<String> tags, @Nullable Object value) {
        if (value instanceof Collection<?> several) {
            several.forEach(one -> add(tags, one));
        } else if (value != null) {
            tags.add(value.toString());
        }
    }
}
