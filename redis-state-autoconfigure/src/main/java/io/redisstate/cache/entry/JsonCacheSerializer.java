package io.redisstate.cache.entry;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.lang.reflect.Type;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.core.annotation.AnnotatedElementUtils;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.ObjectWriter;
import tools.jackson.databind.json.JsonMapper;

/** JSON by Jackson. */
final class JsonCacheSerializer implements CacheSerializer {

    private final JsonMapper mapper;
    private final Map<Type, ObjectReader> readers = new ConcurrentHashMap<>();
    private final Map<Type, ObjectWriter> writers = new ConcurrentHashMap<>();

    JsonCacheSerializer(JsonMapper mapper) {
        this.mapper = mapper;
    }

    @Override
    public byte[] write(Object value, Type type) {
        ObjectWriter writer = writers.get(type);
        if (writer == null) {
            writer = writers.computeIfAbsent(type, key -> mapper.writerFor(mapper.constructType(key)));
        }
        return writer.writeValueAsBytes(value);
    }

    @Override
    public Object read(byte[] data, int offset, int length, Type type) {
        ObjectReader reader = readers.get(type);
        if (reader == null) {
            reader = readers.computeIfAbsent(type, key -> mapper.readerFor(mapper.constructType(key)));
        }
        Object value = reader.readValue(data, offset, length);
        return Objects.requireNonNull(value, "JSON null, where nulls are marked in the header");
    }

    @Override
    public boolean isSufficient(Type type) {
        return isSufficient(mapper.constructType(type));
    }

    private static boolean isSufficient(JavaType resolved) {
        if (resolved.isPrimitive()) {
            return true;
        }
        if (resolved.isJavaLangObject()) {
            return false;
        }
        if (resolved.isContainerType() || resolved.isReferenceType()) {
            return resolved.getContentType() == null || isSufficient(resolved.getContentType());
        }
        return !resolved.isAbstract()
                || AnnotatedElementUtils.hasAnnotation(resolved.getRawClass(), JsonTypeInfo.class);
    }
}
