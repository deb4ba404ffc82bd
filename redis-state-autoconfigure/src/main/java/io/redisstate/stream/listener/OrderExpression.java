package io.redisstate.stream.listener;

import io.redisstate.core.method.InvalidAnnotationException;
import io.redisstate.stream.StreamMessage;
import java.lang.reflect.Method;
import java.util.function.Function;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.context.expression.BeanFactoryResolver;
import org.springframework.expression.Expression;
import org.springframework.expression.ParseException;
import org.springframework.expression.spel.standard.SpelExpressionParser;
import org.springframework.expression.spel.support.MapAccessor;
import org.springframework.expression.spel.support.StandardEvaluationContext;

/** What messages have to share to be handled in their order. */
final class OrderExpression implements Function<StreamMessage<?>, Object> {

    private final String text;
    private final Expression expression;
    private final StandardEvaluationContext context = new StandardEvaluationContext();

    OrderExpression(BeanFactory beans, Method method, String text) {
        this.text = text;
        try {
            this.expression = new SpelExpressionParser().parseExpression(text);
        } catch (ParseException | IllegalStateException ex) {
            throw new InvalidAnnotationException(
                    method, "orderBy = \"" + text + "\" is not a valid expression: " + ex.getMessage(), ex);
        }
        context.setBeanResolver(new BeanFactoryResolver(beans));
        context.addPropertyAccessor(new MapAccessor());
    }

    @Override
    public Object apply(StreamMessage<?> message) {
        Object key = expression.getValue(context, message);
        if (key == null) {
            throw new IllegalArgumentException("orderBy = \"" + text + "\" is null for message " + message.id());
        }
        return key;
    }
}
