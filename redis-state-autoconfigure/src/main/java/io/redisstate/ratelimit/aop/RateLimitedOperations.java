package io.redisstate.ratelimit.aop;

import io.redisstate.ratelimit.OnLimit;
import io.redisstate.ratelimit.RateLimit;
import io.redisstate.ratelimit.RateLimited;
import io.redisstate.ratelimit.RateLimiters;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.core.MethodIntrospector;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.annotation.AnnotationUtils;
import org.springframework.expression.Expression;
import org.springframework.expression.ParseException;
import org.springframework.expression.spel.standard.SpelExpressionParser;
import org.springframework.format.datetime.standard.DurationFormatterUtils;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/** The limits of annotated methods, read and checked once for each class, when its bean is made. Thread-safe. */
final class RateLimitedOperations {

    private final Supplier<RateLimiters> limiters;
    private final ConfigurableBeanFactory beans;
    private final SpelExpressionParser parser = new SpelExpressionParser();
    private final Map<Class<?>, Map<Method, List<RateLimitedOperation>>> byClass = new ConcurrentHashMap<>();

    RateLimitedOperations(Supplier<RateLimiters> limiters, ConfigurableBeanFactory beans) {
        this.limiters = limiters;
        this.beans = beans;
    }

    /** @throws RateLimitedDeclarationException if an annotation of the class can't be obeyed */
    boolean areOn(Class<?> type) {
        return !of(type).isEmpty();
    }

    List<RateLimitedOperation> of(Method method, Class<?> type) {
        Class<?> user = ClassUtils.getUserClass(type);
        return of(user).getOrDefault(AopUtils.getMostSpecificMethod(method, user), List.of());
    }

    private Map<Method, List<RateLimitedOperation>> of(Class<?> type) {
        Class<?> user = ClassUtils.getUserClass(type);
        if (!AnnotationUtils.isCandidateClass(user, RateLimited.class)) {
            return Map.of();
        }
        Map<Method, List<RateLimitedOperation>> known = byClass.get(user);
        if (known == null) {
            known = new HashMap<>();
            for (Method method : MethodIntrospector.selectMethods(
                    user, (Method one) -> !annotations(one).isEmpty())) {
                known.put(method, read(method, annotations(method)));
            }
            byClass.put(user, known);
        }
        return known;
    }

    private static Set<RateLimited> annotations(Method method) {
        return AnnotatedElementUtils.findMergedRepeatableAnnotations(method, RateLimited.class, RateLimited.All.class);
    }

    private List<RateLimitedOperation> read(Method method, Set<RateLimited> annotations) {
        int modifiers = method.getModifiers();
        if (Modifier.isPrivate(modifiers) || Modifier.isStatic(modifiers) || Modifier.isFinal(modifiers)) {
            throw new RateLimitedDeclarationException(
                    method, "a proxy can't intercept a private, static or final method; make it none of these");
        }
        List<RateLimitedOperation> operations = new ArrayList<>();
        for (RateLimited annotation : annotations) {
            operations.add(operation(method, annotation, operations.size()));
        }
        return List.copyOf(operations);
    }

    private RateLimitedOperation operation(Method method, RateLimited annotation, int index) {
        Expression key = annotation.key().isEmpty() ? null : expression(method, "key", annotation.key());
        return new RateLimitedOperation(
                limit(method, annotation, index),
                key,
                expression(method, "cost", annotation.cost()),
                annotation.onLimit(),
                duration(method, "maxWait", annotation.maxWait()),
                fallback(method, annotation));
    }

    private Supplier<RateLimit> limit(Method method, RateLimited annotation, int index) {
        String name = resolve(annotation.name());
        boolean inline = annotation.limit() != 0 || !annotation.per().isEmpty();
        if (name.isEmpty() == !inline) {
            throw new RateLimitedDeclarationException(
                    method,
                    inline
                            ? "it has both a name and a limit of its own; give one"
                            : "it has neither a name nor"
                                    + " a limit of its own; give a name, or limit (from 1) and per");
        }
        if (inline) {
            RateLimit own = own(method, annotation, index);
            return () -> own;
        }
        if (!limiters.get().limits().containsKey(name)) {
            throw new RateLimitedDeclarationException(
                    method, "name", name, "one of " + limiters.get().limits().keySet());
        }
        return () -> limiters.get().limiter(name).limit();
    }

    private RateLimit own(Method method, RateLimited annotation, int index) {
        if (annotation.limit() < 1) {
            throw new RateLimitedDeclarationException(method, "limit", annotation.limit(), "a number from 1");
        }
        Duration per = duration(method, "per", annotation.per());
        if (per.toMillis() < 1) {
            throw new RateLimitedDeclarationException(method, "per", annotation.per(), "a duration from 1 ms");
        }
        String name = RateLimitedDeclarationException.name(method) + '#' + index;
        return RateLimit.of(name, annotation.limit(), per).withAlgorithm(annotation.algorithm());
    }

    private @Nullable Method fallback(Method method, RateLimited annotation) {
        String name = annotation.fallback();
        if (annotation.onLimit() != OnLimit.FALLBACK) {
            if (!name.isEmpty()) {
                throw new RateLimitedDeclarationException(method, "fallback", name, "none unless onLimit is FALLBACK");
            }
            return null;
        }
        Method fallback = name.isEmpty() ? null : find(method, name);
        if (fallback == null
                || fallback.equals(method)
                || !ClassUtils.isAssignable(method.getReturnType(), fallback.getReturnType())) {
            throw new RateLimitedDeclarationException(
                    method,
                    "fallback",
                    name,
                    "another method of the class with the same parameters that returns "
                            + method.getReturnType().getTypeName());
        }
        fallback.trySetAccessible();
        return fallback;
    }

    private static @Nullable Method find(Method method, String name) {
        return ReflectionUtils.findMethod(method.getDeclaringClass(), name, method.getParameterTypes());
    }

    private Expression expression(Method method, String attribute, String text) {
        try {
            return parser.parseExpression(text);
        } catch (ParseException | IllegalStateException ex) {
            throw new RateLimitedDeclarationException(method, attribute, text, "a SpEL expression: " + ex.getMessage());
        }
    }

    private Duration duration(Method method, String attribute, String text) {
        try {
            return DurationFormatterUtils.detectAndParse(resolve(text));
        } catch (IllegalArgumentException ex) {
            throw new RateLimitedDeclarationException(
                    method, attribute, text, "a duration such as 10s or PT1M: " + ex.getMessage());
        }
    }

    private String resolve(String text) {
        String resolved = beans.resolveEmbeddedValue(text);
        return resolved == null ? text : resolved;
    }
}
