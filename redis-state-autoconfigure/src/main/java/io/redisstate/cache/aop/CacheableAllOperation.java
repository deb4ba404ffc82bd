package io.redisstate.cache.aop;

import io.redisstate.cache.CacheableAll;
import io.redisstate.core.method.InvalidAnnotationException;
import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.springframework.cache.annotation.Cacheable;
import org.springframework.core.DefaultParameterNameDiscoverer;
import org.springframework.core.ResolvableType;
import org.springframework.core.annotation.AnnotatedElementUtils;

/**
 * A method with {@link CacheableAll}, as it was checked.
 *
 * @param cache name of the cache
 * @param keys which parameter has the keys
 * @param key expression of a key in the cache, or ""
 * @param valueType what values are
 */
record CacheableAllOperation(String cache, int keys, String key, Type valueType) {

    /** @throws InvalidAnnotationException if the annotation can't work on the method */
    static CacheableAllOperation of(Method method, Class<?> targetClass, CacheableAll annotation, String cache) {
        if (cache.isBlank()) {
            throw invalid(method, "names no cache");
        }
        if (AnnotatedElementUtils.hasAnnotation(method, Cacheable.class)) {
            throw invalid(method, "can't be combined with @Cacheable");
        }
        return new CacheableAllOperation(
                cache, keys(method, annotation.keys()), annotation.key(), valueType(method, targetClass));
    }

    private static InvalidAnnotationException invalid(Method method, String problem) {
        return new InvalidAnnotationException(method, "@CacheableAll " + problem, null);
    }

    private static Type valueType(Method method, Class<?> targetClass) {
        ResolvableType returned = ResolvableType.forMethodReturnType(method, targetClass);
        ResolvableType map = CacheableAllResults.ofOne(returned);
        Class<?> raw = map.toClass();
        if (!Map.class.isAssignableFrom(raw) || !raw.isAssignableFrom(LinkedHashMap.class)) {
            throw invalid(
                    method,
                    "needs a method that returns Map<K, V>, or one by a CompletableFuture or Mono, not " + returned);
        }
        ResolvableType value = map.asMap().getGeneric(1);
        if (value.resolve() == null || value.resolve() == Object.class) {
            throw invalid(method, "needs to know what the values are: " + returned + " does not say it");
        }
        return value.getType();
    }

    private static int keys(Method method, String name) {
        Parameter[] parameters = method.getParameters();
        if (!name.isEmpty()) {
            @Nullable String @Nullable [] names = new DefaultParameterNameDiscoverer().getParameterNames(method);
            int index = names == null ? -1 : List.of(names).indexOf(name);
            if (index < 0 || !isCollection(parameters[index])) {
                throw invalid(method, "says keys = \"" + name + "\", but there is no collection of that name");
            }
            return index;
        }
        int[] collections = IntStream.range(0, parameters.length)
                .filter(index -> isCollection(parameters[index]))
                .toArray();
        if (collections.length != 1) {
            throw invalid(
                    method,
                    collections.length == 0
                            ? "needs a parameter that is a Collection, List, Set or Iterable of keys"
                            : "must say which of " + collections.length + " collections has the keys: keys = \"name\"");
        }
        return collections[0];
    }

    private static boolean isCollection(Parameter parameter) {
        Class<?> type = parameter.getType();
        return Iterable.class.isAssignableFrom(type)
                && (type.isAssignableFrom(ArrayList.class) || type.isAssignableFrom(LinkedHashSet.class));
    }

    /** Keys as the method takes them. */
    Collection<Object> argument(Method method, Collection<Object> missing) {
        return method.getParameterTypes()[keys].isAssignableFrom(ArrayList.class)
                ? new ArrayList<>(missing)
                : new LinkedHashSet<>(missing);
    }
}
