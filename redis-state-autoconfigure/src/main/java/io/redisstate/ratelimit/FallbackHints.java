package io.redisstate.ratelimit;

import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Method;
import org.springframework.aot.hint.ExecutableMode;
import org.springframework.aot.hint.ReflectionHints;
import org.springframework.aot.hint.annotation.ReflectiveProcessor;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.util.ReflectionUtils;

/** Keeps the fallbacks of {@link RateLimited} methods in native images, where they are called by reflection. */
final class FallbackHints implements ReflectiveProcessor {

    @Override
    public void registerReflectionHints(ReflectionHints hints, AnnotatedElement element) {
        if (element instanceof Method method) {
            AnnotatedElementUtils.findMergedRepeatableAnnotations(method, RateLimited.class, RateLimited.All.class)
                    .forEach(annotation -> keep(hints, method, annotation.fallback()));
        }
    }

    private static void keep(ReflectionHints hints, Method method, String fallback) {
        Method found = fallback.isEmpty()
                ? null
                : ReflectionUtils.findMethod(method.getDeclaringClass(), fallback, method.getParameterTypes());
        if (found != null) {
            hints.registerMethod(found, ExecutableMode.INVOKE);
        }
    }
}
