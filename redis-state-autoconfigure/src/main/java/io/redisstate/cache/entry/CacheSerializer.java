package io.redisstate.cache.entry;

import java.lang.reflect.Type;
import tools.jackson.databind.json.JsonMapper;

/**
 * Values to bytes and back, by a type that the reader names. Implementations are thread-safe.
 *
 * @since 0.1
 */
public interface CacheSerializer {

    /**
     * JSON by Jackson. Type names in the data are followed only where the type's own annotations say so.
     *
     * @param mapper must not have default typing switched on
     */
    static CacheSerializer json(JsonMapper mapper) {
        return new JsonCacheSerializer(mapper);
    }

    /**
     * Java's own serialization; only for values that nothing else can write.
     *
     * @param allowed names of the classes that may be read, each exact or ending in {@code .*} (package) or {@code .**}
     *     (package and those below); the platform's own values and collections are allowed anyway
     */
    static CacheSerializer jdk(String... allowed) {
        return new JdkCacheSerializer(allowed);
    }

    /**
     * The bytes of a value, not null.
     *
     * @throws RuntimeException if it can't be written
     */
    byte[] write(Object value, Type type);

    /**
     * The value of some bytes.
     *
     * @throws RuntimeException if they are not one of that type
     */
    Object read(byte[] data, int offset, int length, Type type);

    /** Whether values of a type can be read knowing only the type, as opposed to the class of the value. */
    boolean isSufficient(Type type);
}
