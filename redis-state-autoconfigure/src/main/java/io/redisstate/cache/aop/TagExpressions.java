package io.redisstate.cache.aop;

import io.redisstate.cache.CacheTags;
import io.redisstate.cache.CacheableAll;
import io.redisstate.cache.RedisStateCache;
import io.redisstate.core.method.InvalidAnnotationException;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.core.annotation.AnnotatedElementUtils;

/** The tags of {@link CacheTags} for a call. Thread-safe. */
final class TagExpressions {

    private static final String ATTRIBUTE = "@CacheTags";
    private static final String RESULT = "result";
    private static final String KEY = "key";
    private static final Pattern OF_VALUE = Pattern.compile("#" + RESULT + "\\b");
    private static final Pattern OF_EACH = Pattern.compile("#(" + RESULT + '|' + KEY + ")\\b");

    private final CacheExpressions expressions;
    private final Map<Method, Texts> annotated = new ConcurrentHashMap<>();

    /** Expressions over the arguments, and those over the value too. */
    private record Texts(List<String> early, List<String> late) {}

    TagExpressions(CacheExpressions expressions) {
        this.expressions = expressions;
    }

    /** @throws InvalidAnnotationException if an expression can't be parsed */
    void check(Method method, Class<?> targetClass) {
        Texts texts = textsOf(method);
        texts.early().forEach(text -> expressions.parse(method, targetClass, ATTRIBUTE, text));
        texts.late().forEach(text -> expressions.parse(method, targetClass, ATTRIBUTE, text));
    }

    /**
     * A view of a cache that gives values the tags of a call.
     *
     * @throws InvalidAnnotationException if an expression can't be evaluated; for those over the value when it is there
     */
    RedisStateCache tagged(RedisStateCache cache, CacheExpressions.Call call) {
        return tagged(cache, call, UnaryOperator.identity());
    }

    /** As {@link #tagged(RedisStateCache, CacheExpressions.Call)}, with what {@code #key} is for a key of the cache. */
    RedisStateCache tagged(RedisStateCache cache, CacheExpressions.Call call, UnaryOperator<@Nullable Object> keys) {
        Texts texts = annotated.computeIfAbsent(call.method(), TagExpressions::textsOf);
        RedisStateCache tagged = texts.early().isEmpty() ? cache : cache.tagged(tags(call, texts.early(), Map.of()));
        return texts.late().isEmpty()
                ? tagged
                : tagged.taggedBy((key, value) -> tags(call, texts.late(), variables(keys.apply(key), value)));
    }

    private static Texts textsOf(Method method) {
        CacheTags tags = AnnotatedElementUtils.findMergedAnnotation(method, CacheTags.class);
        if (tags == null) {
            return new Texts(List.of(), List.of());
        }
        Pattern late = AnnotatedElementUtils.hasAnnotation(method, CacheableAll.class) ? OF_EACH : OF_VALUE;
        return new Texts(
                Arrays.stream(tags.value())
                        .filter(text -> !late.matcher(text).find())
                        .toList(),
                Arrays.stream(tags.value())
                        .filter(text -> late.matcher(text).find())
                        .toList());
    }

    private static Map<String, @Nullable Object> variables(@Nullable Object key, @Nullable Object value) {
        Map<String, @Nullable Object> variables = new HashMap<>();
        variables.put(RESULT, value);
        variables.put(KEY, key);
        return variables;
    }

    private Set<String> tags(CacheExpressions.Call call, List<String> texts, Map<String, @Nullable Object> variables) {
        Set<String> tags = new TreeSet<>();
        texts.forEach(text -> add(tags, expressions.value(call, ATTRIBUTE, text, variables)));
        return tags;
    }

    private static void add(Set<String> tags, @Nullable Object value) {
        if (value instanceof Collection<?> several) {
            several.forEach(one -> add(tags, one));
        } else if (value != null) {
            tags.add(value.toString());
        }
    }
}
