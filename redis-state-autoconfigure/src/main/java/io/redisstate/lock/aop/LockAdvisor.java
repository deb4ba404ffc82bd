package io.redisstate.lock.aop;

import io.redisstate.core.method.AnnotatedMethodCheck;
import io.redisstate.core.method.MethodExpressions;
import io.redisstate.lock.DistributedLock;
import io.redisstate.lock.LockService;
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
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.annotation.AnnotationUtils;

/**
 * Applies {@link DistributedLock} to the methods of beans. All annotations are checked once all singletons are made; lazy
 * beans are not made for that.
 *
 * @since 0.1
 */
public final class LockAdvisor extends AbstractPointcutAdvisor implements SmartInitializingSingleton {

    /** Outside transactions and caches, inside rate limits: a denied call never waits for a lock. */
    public static final int DEFAULT_ORDER = Ordered.LOWEST_PRECEDENCE - 100;

    private static final long serialVersionUID = 1L;

    private final transient Pointcut pointcut = new AnnotatedMethods();
    private final transient Advice advice;
    private final transient AnnotatedMethodCheck check;

    /**
     * An advisor.
     *
     * @param locks asked for after start-up, so that the advisor itself makes no connection factory early
     * @param beans resolves placeholders, handlers, and beans in expressions
     * @param order among the advisors; the lower, the farther outside
     */
    public LockAdvisor(Supplier<LockService> locks, ConfigurableListableBeanFactory beans, int order) {
        MethodExpressions expressions = new MethodExpressions(beans);
        LockOperations operations = new LockOperations(() -> locks.get().defaults(), beans, expressions);
        this.advice = new LockInterceptor(operations, locks, expressions, beans);
        this.check = new AnnotatedMethodCheck(beans, List.of(DistributedLock.class), operations::of);
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
            setClassFilter(type -> AnnotationUtils.isCandidateClass(type, DistributedLock.class));
        }

        @Override
        public boolean matches(Method method, Class<?> targetClass) {
            return AnnotatedElementUtils.hasAnnotation(
                    AopUtils.getMostSpecificMethod(method, targetClass), DistributedLock.class);
        }
    }
}
