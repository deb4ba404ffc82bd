package io.redisstate.cache.aop;

import io.redisstate.core.method.InvalidAnnotationException;
import java.lang.reflect.Method;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.context.expression.AnnotatedElementKey;
import org.springframework.context.expression.BeanFactoryResolver;
import org.springframework.context.expression.CachedExpressionEvaluator;
import org.springframework.context.expression.MethodBasedEvaluationContext;
import org.springframework.expression.EvaluationException;
import org.springframework.expression.Expression;
import org.springframework.expression.ParseException;

/** Expressions in annotations of cached methods. Thread-safe. */
final class CacheExpressions extends CachedExpressionEvaluator {

    private final Map<ExpressionKey, Expression> expressions = new ConcurrentHashMap<>();
    private final @Nullable BeanFactory beans;

    CacheExpressions(@Nullable BeanFactory beans) {
        this.beans = beans;
    }

    /** A call, as expressions see it. */
    record Call(Method method, Class<?> targetClass, Object target, @Nullable Object[] arguments) {

        static Call of(Method method, Class<?> targetClass, Object target, @Nullable Object[] arguments) {
            return new Call(AopUtils.getMostSpecificMethod(method, targetClass), targetClass, target, arguments);
        }
    }

    /** @throws InvalidAnnotationException if it is no expression */
    void parse(Method method, Class<?> targetClass, String attribute, String text) {
        try {
            getExpression(expressions, new AnnotatedElementKey(method, targetClass), text);
        } catch (ParseException | IllegalStateException ex) {
            throw new InvalidAnnotationException(
                    method, attribute + " \"" + text + "\" is not a valid expression: " + ex.getMessage(), ex);
        }
    }

    /**
     * The value of an expression.
     *
     * @param variables besides the arguments, and in their place where names are the same
     * @throws InvalidAnnotationException if it can't be evaluated
     */
    @SuppressWarnings("NullAway") // arguments may be null, which Spring's signature does not say
    @Nullable
    Object value(Call call, String attribute, String text, Map<String, @Nullable Object> variables) {
        MethodBasedEvaluationContext context = new MethodBasedEvaluationContext(
                call.target(), call.method(), call.arguments(), getParameterNameDiscoverer());
        if (beans != null) {
            context.setBeanResolver(new BeanFactoryResolver(beans));
        }
        variables.forEach((name, value) -> {
            // The arguments are there after the first lookup, and would replace what is set before.
            var unused = context.lookupVariable(name);
            context.setVariable(name, value);
        });
        try {
            return getExpression(expressions, new AnnotatedElementKey(call.method(), call.targetClass()), text)
                    .getValue(context);
        } catch (EvaluationException | ParseException ex) {
            throw new InvalidAnnotationException(
                    call.method(), attribute + " \"" + text + "\" failed: " + ex.getMessage(), ex);
        }
    }
}
