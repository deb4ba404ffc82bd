package io.redisstate.lock.aop;

import io.redisstate.core.method.AnnotationAdvisor;
import io.redisstate.core.method.MethodExpressions;
import io.redisstate.lock.DistributedLock;
import io.redisstate.lock.LockService;
import java.lang.reflect.Method;
import java.util.function.Supplier;
import org.aopalliance.aop.Advice;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.core.Ordered;

/**
 * Applies {@link DistributedLock} to the methods of beans. All annotations are checked once all singletons are made; lazy
 * beans are not made for that.
 *
 * @since 0.1
 */
public final class LockAdvisor extends AnnotationAdvisor {

    /** Outside transactions and caches, inside rate limits: a denied call never waits for a lock. */
    public static final int DEFAULT_ORDER = Ordered.LOWEST_PRECEDENCE - 100;

    private static final long serialVersionUID = 1L;

    private final transient Advice advice;
    private final transient LockOperations operations;

    /**
     * An advisor.
     *
     * @param locks asked for after start-up, so that the advisor itself makes no connection factory early
     * @param beans resolves placeholders, handlers, and beans in expressions
     * @param order among the advisors; the lower, the farther outside
     */
    public LockAdvisor(Supplier<LockService> locks, ConfigurableListableBeanFactory beans, int order) {
        super(DistributedLock.class, beans, order);
        MethodExpressions expressions = new MethodExpressions(beans);
        this.operations = new LockOperations(() -> locks.get().defaults(), beans, expressions);
        this.advice = new LockInterceptor(operations, locks, expressions, beans);
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
