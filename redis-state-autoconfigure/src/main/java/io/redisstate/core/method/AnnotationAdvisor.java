package io.redisstate.core.method;

import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.util.List;
import org.springframework.aop.Pointcut;
import org.springframework.aop.support.AbstractPointcutAdvisor;
import org.springframework.aop.support.AopUtils;
import org.springframework.aop.support.StaticMethodMatcherPointcut;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.core.annotation.AnnotationUtils;
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.core.annotation.MergedAnnotations.SearchStrategy;

/**
 * Applies an advice to the methods of beans that have an annotation, also as a meta-annotation or repeated. All of them are
 * checked once all singletons are made; lazy beans are not made for that.
 *
 * @since 0.1
 */
public abstract class AnnotationAdvisor extends AbstractPointcutAdvisor implements SmartInitializingSingleton {

    private static final long serialVersionUID = 1L;

    private final transient Pointcut pointcut;
    private final transient AnnotatedMethodCheck check;

    /**
     * An advisor.
     *
     * @param order among the advisors; the lower, the farther outside
     */
    protected AnnotationAdvisor(
            Class<? extends Annotation> annotation, ConfigurableListableBeanFactory beans, int order) {
        this.pointcut = new AnnotatedMethods(annotation);
        this.check = new AnnotatedMethodCheck(beans, List.of(annotation), this::check);
        setOrder(order);
    }

    /**
     * Checks one annotated method, the most specific one.
     *
     * @throws InvalidAnnotationException if its annotation can't be obeyed
     */
    protected abstract void check(Method method);

    @Override
    public final Pointcut getPointcut() {
        return pointcut;
    }

    @Override
    public final void afterSingletonsInstantiated() {
        check.afterSingletonsInstantiated();
    }

    private static final class AnnotatedMethods extends StaticMethodMatcherPointcut {

        private final Class<? extends Annotation> annotation;

        AnnotatedMethods(Class<? extends Annotation> annotation) {
            this.annotation = annotation;
            setClassFilter(type -> AnnotationUtils.isCandidateClass(type, annotation));
        }

        @Override
        public boolean matches(Method method, Class<?> targetClass) {
            return MergedAnnotations.from(
                            AopUtils.getMostSpecificMethod(method, targetClass), SearchStrategy.TYPE_HIERARCHY)
                    .isPresent(annotation);
        }
    }
}
