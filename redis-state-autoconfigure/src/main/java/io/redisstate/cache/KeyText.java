package io.redisstate.cache;

import java.lang.reflect.Array;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.cache.interceptor.SimpleKey;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/** Keys as text, the same in all processes; different keys never give the same text, except a value and its text. */
final class KeyText {

    private static final String EMPTY = "\\E";
    private static final String NULL = "\\N";

    private KeyText() {}

    /** @throws IllegalArgumentException if the key has no text of its own */
    static String of(Object key, @Nullable Function<Object, String> function) {
        if (function != null) {
            return escapedAlone(function.apply(key));
        }
        if (key instanceof String text) {
            return escapedAlone(text);
        }
        if (key instanceof SimpleKey several) {
            return several.equals(SimpleKey.EMPTY) ? "\\0" : joined(SimpleKeys.parameters(several));
        }
        if (key.getClass().isArray()) {
            return joined(elements(key));
        }
        return escapedAlone(textOf(key));
    }

    private static String escapedAlone(String text) {
        if (text.isEmpty()) {
            return EMPTY;
        }
        return text.charAt(0) == '\\' ? '\\' + text : text;
    }

    private static String joined(@Nullable Object[] parts) {
        StringBuilder all = new StringBuilder("\\");
        for (Object part : parts) {
            if (all.length() > 1) {
                all.append(',');
            }
            all.append(part == null ? NULL : escapedWithin(part));
        }
        return all.toString();
    }

    private static String escapedWithin(Object part) {
        String text = part.getClass().isArray() ? joined(elements(part)) : textOf(part);
        return text.indexOf('\\') < 0 && text.indexOf(',') < 0
                ? text
                : text.replace("\\", "\\\\").replace(",", "\\,");
    }

    private static @Nullable Object[] elements(Object array) {
        Object[] elements = new Object[Array.getLength(array)];
        for (int i = 0; i < elements.length; i++) {
            elements[i] = Array.get(array, i);
        }
        return elements;
    }

    private static String textOf(Object key) {
        if (!(key instanceof CharSequence || key instanceof Number || key instanceof Enum<?>)) {
            requireToString(key.getClass());
        }
        return key.toString();
    }

    private static void requireToString(Class<?> type) {
        if (!HasToString.OF.get(type)) {
            throw new IllegalArgumentException("A key of " + type.getName()
                    + " has no text of its own: override toString(), name a part of it in the annotation's key, or set"
                    + " the cache's key function");
        }
    }

    private static final class HasToString extends ClassValue<Boolean> {

        private static final HasToString OF = new HasToString();

        @Override
        protected Boolean computeValue(Class<?> type) {
            return ClassUtils.getMethod(type, "toString").getDeclaringClass() != Object.class;
        }
    }

    /** The arguments of a {@link SimpleKey}, which it keeps to itself. */
    private static final class SimpleKeys {

        private static final java.lang.reflect.Field PARAMETERS = field();

        private static java.lang.reflect.Field field() {
            java.lang.reflect.Field field = ReflectionUtils.findField(SimpleKey.class, "params");
            if (field == null) {
                throw new IllegalStateException("SimpleKey of this Spring version has no 'params'");
            }
            ReflectionUtils.makeAccessible(field);
            return field;
        }

        static @Nullable Object[] parameters(SimpleKey key) {
            Object[] parameters = (Object[]) ReflectionUtils.getField(PARAMETERS, key);
            return parameters == null ? new Object[0] : parameters;
        }
    }
}
