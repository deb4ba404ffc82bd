package io.redisstate.ratelimit.aop;

import io.redisstate.ratelimit.RateLimiters;
import java.lang.reflect.Method;
import java.util.function.Supplier;
import org.aopalliance.aop.Advice;
import org.springframework.aop.ClassFilter;
import org.springframework.aop.Pointcut;
import org.springframework.aop.support.AbstractPointcutAdvisor;
import org.springframework.aop.support.StaticMethodMatcherPointcut;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.core.Ordered;

/**
 * Applies {@link io.redisstate.ratelimit.RateLimited} to the methods of beans. Annotations are read and checked when a
 * bean of their class is made.
 *
 * @since 0.1
 */
public final class RateLimitAdvisor extends AbstractPointcutAdvisor {

    /** Outside locks and transactions, so that a denied call takes neither. */
    public static final int DEFAULT_ORDER = Ordered.LOWEST_PRECEDENCE - 200;

    private static final long serialVersionUID = 1L;

    private final transient Pointcut pointcut;
    private final transient Advice advice;

    /**
     * An advisor.
     *
     * @param limiters asked for at the first annotated class, so that the advisor itself makes no connection early
     * @param beans resolves placeholders, and beans in expressions
     * @param order among the advisors; the lower, the farther outside
     */
    public RateLimitAdvisor(Supplier<RateLimiters> limiters, ConfigurableBeanFactory beans, int order) {
        RateLimitedOperations operations = new RateLimitedOperations(limiters, beans);
        this.pointcut = new AnnotatedMethods(operations);
        this.advice = new RateLimitInterceptor(operations, limiters, beans);
        setOrder(order);
    }

    @Override
    public Pointcut getPointcut() {
        return pointcut;
    }

    @Override
    public Advice getAdvice() {
        return advice;
    }

    private static final class AnnotatedMethods extends StaticMethodMatcherPointcut {

        private final RateLimitedOperations operations;

        AnnotatedMethods(RateLimitedOperations operations) {
            this.operations = operations;
            ClassFilter annotated = operations::areOn;
            setClassFilter(annotated);
        }

        @Override
        public boolean matches(Method method, Class<?> targetClass) {
            return !operations.of(method, targetClass).isEmpty();
        }
    }
}
