package io.redisstate.core;

import java.lang.reflect.Type;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Objects to UTF-8 JSON and back, by the type the reader names; type names in the data are never followed.
 *
 * <p>Thread-safe.
 *
 * @since 0.1
 */
public final class JsonCodec {

    private final JsonMapper mapper;

    /**
     * A codec on a mapper.
     *
     * @param mapper the application's; must not have default typing switched on
     */
    public JsonCodec(JsonMapper mapper) {
        this.mapper = mapper;
    }

    /**
     * The JSON of a value.
     *
     * @throws IllegalArgumentException if Jackson can't write it; the message names the class
     */
    public byte[] encode(@Nullable Object value) {
        try {
            return mapper.writeValueAsBytes(value);
        } catch (JacksonException ex) {
            throw new IllegalArgumentException(
                    "Can't write " + (value == null ? "null" : value.getClass().getName()) + " as JSON", ex);
        }
    }

    /**
     * The value of some JSON.
     *
     * @param type the type to read, generic ones included
     * @throws IllegalArgumentException if the JSON is not one of that type
     */
    public @Nullable Object decode(byte[] json, Type type) {
        try {
            return mapper.readValue(json, mapper.constructType(type));
        } catch (JacksonException ex) {
            throw new IllegalArgumentException("Can't read JSON as " + type.getTypeName(), ex);
        }
    }

    /** As {@link #decode(byte[], Type)}, for a plain class. */
    public <T> @Nullable T decode(byte[] json, Class<T> type) {
        return type.cast(decode(json, (Type) type));
    }
}
