package io.redisstate.ratelimit.aop;

import io.redisstate.core.method.InvalidAnnotationException;
import io.redisstate.core.method.MethodExpressions;
import io.redisstate.ratelimit.OnLimit;
import io.redisstate.ratelimit.RateLimit;
import io.redisstate.ratelimit.RateLimited;
import io.redisstate.ratelimit.RateLimiters;
import java.lang.reflect.Method;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.format.datetime.standard.DurationFormatterUtils;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/** The limits of annotated methods, each read once. Thread-safe. */
final class RateLimitedOperations {

    private static final Pattern NUMBER = Pattern.compile("-?\\d+");

    private final Supplier<RateLimiters> limiters;
    private final ConfigurableBeanFactory beans;
    private final MethodExpressions expressions;
    private final Map<Method, List<RateLimitedOperation>> operations = new ConcurrentHashMap<>();

    RateLimitedOperations(
            Supplier<RateLimiters> limiters, ConfigurableBeanFactory beans, MethodExpressions expressions) {
        this.limiters = limiters;
        this.beans = beans;
        this.expressions = expressions;
    }

    /**
     * The limits of the most specific method.
     *
     * @throws InvalidAnnotationException if one of its annotations can't be obeyed
     */
    List<RateLimitedOperation> of(Method method) {
        List<RateLimitedOperation> known = operations.get(method);
        if (known == null) {
            known = read(method);
            operations.put(method, known);
        }
        return known;
    }

    private List<RateLimitedOperation> read(Method method) {
        List<RateLimitedOperation> read = new ArrayList<>();
        for (RateLimited annotation : AnnotatedElementUtils.findMergedRepeatableAnnotations(
                method, RateLimited.class, RateLimited.All.class)) {
            read.add(operation(method, annotation, read.size()));
        }
        return List.copyOf(read);
    }

    private RateLimitedOperation operation(Method method, RateLimited annotation, int index) {
        if (!annotation.key().isEmpty()) {
            expressions.parse(method, "key", annotation.key());
        }
        expressions.parse(method, "cost", annotation.cost());
        Supplier<RateLimit> limit = limit(method, annotation, index);
        requireCost(method, annotation.cost(), limit.get());
        return new RateLimitedOperation(
                limit,
                annotation.key(),
                annotation.cost(),
                annotation.onLimit(),
                duration(method, "maxWait", annotation.maxWait()),
                fallback(method, annotation));
    }

    /** Of a cost that is a number; one that depends on the call is checked with the call. */
    private static void requireCost(Method method, String cost, RateLimit limit) {
        if (NUMBER.matcher(cost).matches()) {
            BigInteger permits = new BigInteger(cost);
            if (permits.signum() < 1 || permits.compareTo(BigInteger.valueOf(limit.most())) > 0) {
                throw mistake(method, "cost", cost, "1 to " + limit.most() + ", what the limit has");
            }
        }
    }

    private Supplier<RateLimit> limit(Method method, RateLimited annotation, int index) {
        String name = resolve(method, "name", annotation.name());
        boolean inline = annotation.limit() != 0 || !annotation.per().isEmpty();
        if (name.isEmpty() == !inline) {
            throw mistake(
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
            throw mistake(
                    method,
                    "name",
                    name,
                    "a limit that is defined, in redis-state.rate-limit.limits or by RateLimiters; there are "
                            + limiters.get().limits().keySet());
        }
        return () -> limiters.get().limiter(name).limit();
    }

    private RateLimit own(Method method, RateLimited annotation, int index) {
        if (annotation.limit() < 1) {
            throw mistake(method, "limit", annotation.limit(), "a number from 1");
        }
        Duration per = duration(method, "per", annotation.per());
        if (per.toMillis() < 1) {
            throw mistake(method, "per", annotation.per(), "a duration from 1 ms");
        }
        String name = method.getDeclaringClass().getName() + '.' + method.getName() + '#' + index;
        try {
            return RateLimit.of(name, annotation.limit(), per, annotation.algorithm());
        } catch (IllegalArgumentException ex) {
            throw mistake(method, String.valueOf(ex.getMessage()));
        }
    }

    private @Nullable Method fallback(Method method, RateLimited annotation) {
        String name = annotation.fallback();
        if (annotation.onLimit() != OnLimit.FALLBACK) {
            if (!name.isEmpty()) {
                throw mistake(method, "fallback", name, "none unless onLimit is FALLBACK");
            }
            return null;
        }
        Method fallback = name.isEmpty() ? null : find(method, name);
        if (fallback == null
                || fallback.equals(method)
                || !ClassUtils.isAssignable(method.getReturnType(), fallback.getReturnType())) {
            throw mistake(
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

    private Duration duration(Method method, String attribute, String text) {
        String resolved = resolve(method, attribute, text);
        try {
            return DurationFormatterUtils.detectAndParse(resolved);
        } catch (IllegalArgumentException ex) {
            throw mistake(method, attribute, text, "a duration such as 10s or PT1M: " + ex.getMessage());
        }
    }

    private String resolve(Method method, String attribute, String text) {
        try {
            String resolved = beans.resolveEmbeddedValue(text);
            return resolved == null ? text : resolved;
        } catch (IllegalArgumentException ex) {
            throw mistake(method, attribute, text, "a text whose placeholders are set: " + ex.getMessage());
        }
    }

    private static InvalidAnnotationException mistake(Method method, String attribute, Object given, String allowed) {
        return mistake(method, attribute + " is '" + given + "'; allowed is " + allowed);
    }

    private static InvalidAnnotationException mistake(Method method, String problem) {
        return new InvalidAnnotationException(method, "@RateLimited: " + problem, null);
    }
}
