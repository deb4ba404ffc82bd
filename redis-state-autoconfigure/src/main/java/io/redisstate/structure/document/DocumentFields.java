package io.redisstate.structure.document;

import io.redisstate.core.JsonCodec;
import io.redisstate.core.Reply;
import java.io.ByteArrayOutputStream;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A value as fields of JSON, and back. */
final class DocumentFields {

    /** The field of the version, which no property can have. */
    static final String VERSION = "";

    private final JsonCodec codec;
    private final Type type;

    DocumentFields(JsonCodec codec, Type type) {
        this.codec = codec;
        this.type = type;
    }

    /** Field, JSON, ... of all properties. */
    List<Object> of(Object value) {
        JsonNode node = codec.decode(codec.encode(value), JsonNode.class);
        if (node == null || !node.isObject()) {
            throw new IllegalArgumentException(
                    value.getClass().getName() + " is no JSON object, so it can't be a document");
        }
        List<Object> fields = new ArrayList<>();
        node.properties().forEach(property -> add(fields, property.getKey(), property.getValue()));
        return fields;
    }

    /** Field, JSON, ... of some. */
    List<Object> of(Map<String, ? extends @Nullable Object> some) {
        List<Object> fields = new ArrayList<>();
        some.forEach((field, value) -> add(fields, field, value));
        return fields;
    }

    private void add(List<Object> fields, String field, @Nullable Object value) {
        fields.add(checked(field));
        fields.add(codec.encode(value));
    }

    static String checked(String field) {
        if (field.equals(VERSION)) {
            throw new IllegalArgumentException("A field of a document must have a name");
        }
        return field;
    }

    @Nullable
    Object decode(byte[] json, Type fieldType) {
        return codec.decode(json, fieldType);
    }

    /** The value and its version; null if there are no fields. */
    @SuppressWarnings("unchecked")
    <T> @Nullable Versioned<T> read(List<@Nullable Object> fields) {
        long version = 0;
        ByteArrayOutputStream json = new ByteArrayOutputStream();
        json.write('{');
        for (int i = 0; i < fields.size(); i += 2) {
            String field = Objects.requireNonNull(Reply.text(fields.get(i)));
            byte[] value = (byte[]) Objects.requireNonNull(fields.get(i + 1));
            if (field.equals(VERSION)) {
                version = Long.parseLong(Objects.requireNonNull(Reply.text(value)));
                continue;
            }
            if (json.size() > 1) {
                json.write(',');
            }
            json.writeBytes(codec.encode(field));
            json.write(':');
            json.writeBytes(value);
        }
        json.write('}');
        return fields.isEmpty()
                ? null
                : new Versioned<>((T) Objects.requireNonNull(codec.decode(json.toByteArray(), type)), version);
    }
}
