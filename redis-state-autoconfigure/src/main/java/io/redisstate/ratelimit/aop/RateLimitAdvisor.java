package io.redisstate.ratelimit.aop;

import io.redisstate.core.method.AnnotatedMethodCheck;
import io.redisstate.core.method.MethodExpressions;
import io.redisstate.ratelimit.RateLimited;
import io.redisstate.ratelimit.RateLimiters;
import java.lang.reflect.Method;
import java.util.List;
import java.util.function.Supplier;
import org.aopalliance.aop.Advice;
import org.springframework.aop.Pointcut;
import org.springframework.aop.support.AbstractPointcutAdvisor;
import org.springframework.aop.support.AopUtils;
import org.springframework.aop.support.StaticMethodMatcherPointcut;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.AnnotationUtils;
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.core.annotation.MergedAnnotations.SearchStrategy;

/**
 * Applies {@link RateLimited} to the methods of beans. All annotations are checked once all singletons are made; lazy
 * beans are not made for that.
 *
 * @since 0.1
 */
public final class RateLimitAdvisor extends AbstractPointcutAdvisor implements SmartInitializingSingleton {

    /** Outside locks and transactions, so that a denied call takes neither. */
    public static final int DEFAULT_ORDER = Ordered.LOWEST_PRECEDENCE - 200;

    private static final long serialVersionUID = 1L;

    private final transient Pointcut pointcut = new AnnotatedMethods();
    private final transient Advice advice;
    private final transient AnnotatedMethodCheck check;

    /**
     * An advisor.
     *
     * @param limiters asked for after start-up, so that the advisor itself makes no connection early
     * @param beans resolves placeholders, and beans in expressions
     * @param order among the advisors; the lower, the farther outside
     */
    public RateLimitAdvisor(Supplier<RateLimiters> limiters, ConfigurableListableBeanFactory beans, int order) {
        MethodExpressions expressions = new MethodExpressions(beans);
        RateLimitedOperations operations = new RateLimitedOperations(limiters, beans, expressions);
        this.advice = new RateLimitInterceptor(operations, limiters, expressions);
        this.check = new AnnotatedMethodCheck(beans, List.of(RateLimited.class), operations::of);
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

    @Override
    public void afterSingletonsInstantiated() {
        check.afterSingletonsInstantiated();
    }

    private static final class AnnotatedMethods extends StaticMethodMatcherPointcut {

        AnnotatedMethods() {
            setClassFilter(type -> AnnotationUtils.isCandidateClass(type, RateLimited.class));
        }

        @Override
        public boolean matches(Method method, Class<?> targetClass) {
            // Also where it is repeated.
            return MergedAnnotations.from(
                            AopUtils.getMostSpecificMethod(method, targetClass), SearchStrategy.TYPE_HIERARCHY)
                    .isPresent(RateLimited.class);
        }
    }
}
