package io.redisstate.lock.leader;

import io.redisstate.core.method.InvalidAnnotationException;
import io.redisstate.lock.leader.OnLeader.Change;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.core.MethodIntrospector;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/**
 * The {@link OnLeader} methods of all beans: found and checked at start-up, called as a listener.
 *
 * @since 0.1
 */
public final class OnLeaderMethods implements SmartInitializingSingleton, LeadershipListener {

    private static final Log LOG = LogFactory.getLog(OnLeaderMethods.class);

    private final ConfigurableListableBeanFactory beans;
    private final Collection<String> elections;
    private final List<Target> targets = new ArrayList<>();

    private record Target(String bean, Method method, OnLeader annotation) {}

    /**
     * Methods.
     *
     * @param elections the names there are
     */
    public OnLeaderMethods(ConfigurableListableBeanFactory beans, Collection<String> elections) {
        this.beans = beans;
        this.elections = new TreeSet<>(elections);
    }

    @Override
    public void afterSingletonsInstantiated() {
        for (String bean : beans.getBeanDefinitionNames()) {
            Class<?> type = beans.getType(bean, false);
            if (type != null) {
                MethodIntrospector.selectMethods(
                                ClassUtils.getUserClass(type), (MethodIntrospector.MetadataLookup<OnLeader>)
                                        method -> AnnotatedElementUtils.findMergedAnnotation(method, OnLeader.class))
                        .forEach((method, annotation) -> targets.add(checked(bean, method, annotation)));
            }
        }
    }

    private Target checked(String bean, Method method, OnLeader annotation) {
        if (Modifier.isPrivate(method.getModifiers()) || Modifier.isStatic(method.getModifiers())) {
            throw new InvalidAnnotationException(
                    method, "@OnLeader is for methods that are neither private nor static", null);
        }
        Class<?>[] parameters = method.getParameterTypes();
        if (parameters.length > 1 || parameters.length == 1 && parameters[0] != Leadership.class) {
            throw new InvalidAnnotationException(method, "an @OnLeader method takes nothing or a Leadership", null);
        }
        if (!elections.contains(annotation.value())) {
            throw new InvalidAnnotationException(
                    method,
                    "@OnLeader(\"" + annotation.value() + "\") names no election; there are " + elections
                            + " (redis-state.leader.elections.<name>)",
                    null);
        }
        return new Target(bean, method, annotation);
    }

    @Override
    public void granted(Leadership leadership) {
        call(leadership, Change.GRANTED);
    }

    @Override
    public void revoked(Leadership leadership) {
        call(leadership, Change.REVOKED);
    }

    private void call(Leadership leadership, Change change) {
        for (Target target : targets) {
            if (target.annotation.on() == change && target.annotation.value().equals(leadership.election())) {
                call(target, leadership);
            }
        }
    }

    /** A method that fails, by whatever it throws, does not keep the others from hearing. */
    private void call(Target target, Leadership leadership) {
        try {
            Object bean = beans.getBean(target.bean);
            Method method = AopUtils.selectInvocableMethod(target.method, bean.getClass());
            ReflectionUtils.makeAccessible(method);
            Object unused = method.getParameterCount() == 0
                    ? ReflectionUtils.invokeMethod(method, bean)
                    : ReflectionUtils.invokeMethod(method, bean, leadership);
        } catch (Throwable ex) {
            LOG.error(
                    "The @OnLeader method " + InvalidAnnotationException.nameOf(target.method)
                            + " failed for election '" + leadership.election() + "'",
                    ex);
        }
    }
}
