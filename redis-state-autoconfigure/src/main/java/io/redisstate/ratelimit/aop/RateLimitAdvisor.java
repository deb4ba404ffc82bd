package io.redisstate.ratelimit.aop;

import io.redisstate.core.method.AnnotationAdvisor;
import io.redisstate.core.method.MethodExpressions;
import io.redisstate.ratelimit.RateLimited;
import io.redisstate.ratelimit.RateLimiters;
import java.lang.reflect.Method;
import java.util.function.Supplier;
import org.aopalliance.aop.Advice;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.core.Ordered;

/**
 * Applies {@link RateLimited} to the methods of beans. All annotations are checked once all singletons are made; lazy
 * beans are not made for that.
 *
 * @since 0.1
 */
public final class RateLimitAdvisor extends AnnotationAdvisor {

    /** Outside locks and transactions, so that a denied call takes neither. */
    public static final int DEFAULT_ORDER = Ordered.LOWEST_PRECEDENCE - 200;

    private static final long serialVersionUID = 1L;

    private final transient Advice advice;
    private final transient RateLimitedOperations operations;

    /**
     * An advisor.
     *
     * @param limiters asked for after start-up, so that the advisor itself makes no connection early
     * @param beans resolves placeholders, and beans in expressions
     * @param order among the advisors; the lower, the farther outside
     */
    public RateLimitAdvisor(Supplier<RateLimiters> limiters, ConfigurableListableBeanFactory beans, int order) {
        super(RateLimited.class, beans, order);
        MethodExpressions expressions = new MethodExpressions(beans);
        this.operations = new RateLimitedOperations(limiters, beans, expressions);
        this.advice = new RateLimitInterceptor(operations, limiters, expressions);
    }

    @Override
    public Advice getAdvice() {
        return advice;
    }

    @Override
    protected void check(Method method) {
        var unused = operations.of(method);
    }
}
