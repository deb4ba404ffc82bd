package io.redisstate.core.method;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.context.expression.AnnotatedElementKey;
import org.springframework.context.expression.BeanFactoryResolver;
import org.springframework.context.expression.CachedExpressionEvaluator;
import org.springframework.context.expression.MethodBasedEvaluationContext;
import org.springframework.expression.Expression;
import org.springframework.expression.ParseException;
import org.springframework.expression.spel.SpelNode;
import org.springframework.expression.spel.ast.VariableReference;
import org.springframework.expression.spel.standard.SpelExpression;

/**
 * SpEL expressions in annotations of methods: arguments by name ({@code #id}, also {@code #a0}, {@code #p0}), beans
 * ({@code @clock}), and {@link Root} as {@code #root}. Parsed once for each method. Thread-safe.
 *
 * @since 0.1
 */
public final class MethodExpressions extends CachedExpressionEvaluator {

    private final Map<ExpressionKey, Expression> expressions = new ConcurrentHashMap<>();
    private final @Nullable BeanFactory beans;

    /**
     * Expressions.
     *
     * @param beans where {@code @name} is looked up; null for nowhere
     */
    public MethodExpressions(@Nullable BeanFactory beans) {
        this.beans = beans;
    }

    /**
     * What {@code #root} is.
     *
     * @param target the object the method is called on
     * @param targetClass its class
     * @param method the method
     * @param args the arguments
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared; expressions index into it
    public record Root(Object target, Class<?> targetClass, Method method, @Nullable Object[] args) {}

    /**
     * Parses an expression, to find mistakes at start-up.
     *
     * @param attribute what it is the value of, for the message
     * @throws InvalidAnnotationException if it is not SpEL, or names an argument that the method does not have
     */
    public void parse(Method method, String attribute, String expression) {
        try {
            Expression parsed = getExpression(expressions, new AnnotatedElementKey(method, null), expression);
            if (parsed instanceof SpelExpression spel) {
                requireArguments(method, attribute + " = \"" + expression + '"', spel.getAST());
            }
        } catch (ParseException | IllegalStateException ex) {
            throw new InvalidAnnotationException(
                    method, attribute + " = \"" + expression + "\" is not a valid expression: " + ex.getMessage(), ex);
        }
    }

    private void requireArguments(Method method, String where, SpelNode node) {
        if (node instanceof VariableReference) {
            String name = node.toStringAST();
            List<String> names = argumentNames(method);
            if (!name.equals("#root") && !name.equals("#this") && !names.contains(name)) {
                throw new InvalidAnnotationException(
                        method,
                        where + " names " + name + ", which is no argument; allowed are #root and " + names
                                + ", by name if the class is compiled with -parameters",
                        null);
            }
        }
        for (int i = 0; i < node.getChildCount(); i++) {
            requireArguments(method, where, node.getChild(i));
        }
    }

    private List<String> argumentNames(Method method) {
        List<String> all = new ArrayList<>();
        @Nullable String @Nullable [] names = getParameterNameDiscoverer().getParameterNames(method);
        for (int i = 0; i < method.getParameterCount(); i++) {
            if (names != null && names[i] != null) {
                all.add('#' + names[i]);
            }
            all.add("#a" + i);
            all.add("#p" + i);
        }
        return all;
    }

    /**
     * The value of an expression for a call.
     *
     * @throws InvalidAnnotationException if it fails or is null
     */
    public Object evaluate(MethodInvocation call, String attribute, String expression) {
        Object target = Objects.requireNonNull(call.getThis(), "an advised method has a target");
        Class<?> targetClass = AopUtils.getTargetClass(target);
        Method method = AopUtils.getMostSpecificMethod(call.getMethod(), targetClass);
        MethodBasedEvaluationContext context = new MethodBasedEvaluationContext(
                new Root(target, targetClass, method, call.getArguments()),
                method,
                call.getArguments(),
                getParameterNameDiscoverer());
        if (beans != null) {
            context.setBeanResolver(new BeanFactoryResolver(beans));
        }
        Object value;
        try {
            value = getExpression(expressions, new AnnotatedElementKey(method, null), expression)
                    .getValue(context);
        } catch (RuntimeException ex) {
            // Of the expression, or of a method that it calls.
            throw new InvalidAnnotationException(
                    method, attribute + " = \"" + expression + "\" failed: " + ex.getMessage(), ex);
        }
        if (value == null) {
            throw new InvalidAnnotationException(method, attribute + " = \"" + expression + "\" is null", null);
        }
        return value;
    }

    /** As {@link #evaluate}, as text, which must not be empty. */
    public String evaluateText(MethodInvocation call, String attribute, String expression) {
        String text = evaluate(call, attribute, expression).toString();
        if (text.isEmpty()) {
            throw new InvalidAnnotationException(
                    call.getMethod(), attribute + " = \"" + expression + "\" is empty", null);
        }
        return text;
    }
}
