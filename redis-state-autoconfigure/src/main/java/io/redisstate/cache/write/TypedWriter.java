package io.redisstate.cache.write;

import java.lang.reflect.Type;
import java.util.Collection;
import java.util.Map;
import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.core.ResolvableType;
import org.springframework.util.ClassUtils;

/** A writer of which is known what its keys and values are. Thread-safe. */
public final class TypedWriter {

    private final CacheWriter<Object, Object> writer;
    private final ResolvableType key;
    private final ResolvableType value;

    /** @throws IllegalArgumentException if the writer's class does not say what its keys and values are */
    @SuppressWarnings("unchecked") // whatever is given to it is checked here
    public TypedWriter(CacheWriter<?, ?> writer) {
        this.writer = (CacheWriter<Object, Object>) writer;
        ResolvableType type = ResolvableType.forClass(AopProxyUtils.ultimateTargetClass(writer))
                .as(CacheWriter.class);
        this.key = type.getGeneric(0);
        this.value = type.getGeneric(1);
        if (key.resolve() == null || value.resolve() == null) {
            throw new IllegalArgumentException("The class of the CacheWriter of cache '" + writer.cache()
                    + "' does not say what its keys and values are: "
                    + AopProxyUtils.ultimateTargetClass(writer).getName());
        }
    }

    String cache() {
        return writer.cache();
    }

    /** What keys are. */
    public Type keyType() {
        return key.getType();
    }

    /** What values are. */
    public Type valueType() {
        return value.getType();
    }

    /** @throws IllegalArgumentException if it is none of the writer's */
    public void requireKey(Object given) {
        require("keys", key, given);
    }

    /** @throws IllegalArgumentException if it is none of the writer's */
    public void requireValue(Object given) {
        require("values", value, given);
    }

    private void require(String what, ResolvableType type, Object given) {
        if (!ClassUtils.isAssignableValue(type.toClass(), given)) {
            throw new IllegalArgumentException("The CacheWriter of cache '" + writer.cache() + "' writes " + what
                    + " of " + type + ", not " + given.getClass().getName());
        }
    }

    /**
     * Writes.
     *
     * @throws RuntimeException what the writer throws, a checked exception as {@link CacheWriteException}
     */
    public void writeAll(Map<Object, Object> values) {
        try {
            if (!values.isEmpty()) {
                writer.writeAll(values);
            }
        } catch (Exception ex) {
            throw unchecked(ex);
        }
    }

    /** Deletes; throws as {@link #writeAll}. */
    public void deleteAll(Collection<Object> keys) {
        try {
            if (!keys.isEmpty()) {
                writer.deleteAll(keys);
            }
        } catch (Exception ex) {
            throw unchecked(ex);
        }
    }

    private RuntimeException unchecked(Exception ex) {
        if (ex instanceof InterruptedException) {
            Thread.currentThread().interrupt();
        }
        return ex instanceof RuntimeException runtime
                ? runtime
                : new CacheWriteException("The CacheWriter of cache '" + writer.cache() + "' failed: " + ex, ex);
    }
}
