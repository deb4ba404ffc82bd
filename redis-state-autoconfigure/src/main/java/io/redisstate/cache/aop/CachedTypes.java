package io.redisstate.cache.aop;

import java.lang.reflect.Method;
import java.lang.reflect.Type;
import java.lang.reflect.WildcardType;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.springframework.core.GenericTypeResolver;
import org.springframework.core.ReactiveAdapter;
import org.springframework.core.ReactiveAdapterRegistry;
import org.springframework.core.ResolvableType;
import org.springframework.util.ClassUtils;

/** What Spring caches of a method: what it returns, without the future, publisher or {@code Optional} around it. */
final class CachedTypes {

    private static final boolean REACTIVE_PRESENT =
            ClassUtils.isPresent("org.reactivestreams.Publisher", CachedTypes.class.getClassLoader());

    private CachedTypes() {}

    /** Null if the method does not say it. */
    static @Nullable Type of(Method method, Class<?> targetClass) {
        Method specific = ClassUtils.getMostSpecificMethod(method, targetClass);
        ResolvableType returned =
                ResolvableType.forType(GenericTypeResolver.resolveType(specific.getGenericReturnType(), targetClass));
        Class<?> raw = returned.toClass();
        if (CompletionStage.class.isAssignableFrom(raw)) {
            returned = returned.as(CompletionStage.class).getGeneric(0);
        } else if (REACTIVE_PRESENT) {
            ReactiveAdapter adapter =
                    ReactiveAdapterRegistry.getSharedInstance().getAdapter(raw);
            if (adapter != null) {
                returned = adapter.isMultiValue()
                        ? ResolvableType.forClassWithGenerics(List.class, returned.getGeneric(0))
                        : returned.getGeneric(0);
            }
        }
        if (returned.toClass() == Optional.class) {
            returned = returned.getGeneric(0);
        }
        Type type = returned.getType();
        return returned.equals(ResolvableType.NONE) || type instanceof WildcardType || raw == void.class ? null : type;
    }
}
