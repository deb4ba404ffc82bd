package io.redisstate.stream;

import io.redisstate.core.JsonCodec;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Messages as fields of entries: {@code payload}, and each header as {@code h:<name>}.
 *
 * <p>A payload is JSON; bytes and text are taken as they are. An entry without the field {@code payload}, which another
 * program has added, is read as an object with its fields' names and values. Thread-safe.
 *
 * @since 0.1
 */
public final class StreamCodec {

    static final String PAYLOAD = "payload";
    static final String HEADER = "h:";

    /** The only group that an entry is for; the others pass it over. */
    public static final String ONLY_GROUP = "rs:group";

    /** By what a message is recognised if it was published twice. */
    public static final String MESSAGE_KEY = "rs:key";

    private static final byte[] PAYLOAD_BYTES = PAYLOAD.getBytes(StandardCharsets.UTF_8);

    private final JsonCodec json;

    public StreamCodec(JsonCodec json) {
        this.json = json;
    }

    /**
     * The fields of a message.
     *
     * @throws IllegalArgumentException if the payload can't be written as JSON
     */
    public List<byte[]> encode(Publication publication) {
        List<byte[]> fields = new ArrayList<>(2 + 2 * publication.headers().size());
        fields.add(PAYLOAD_BYTES);
        fields.add(bytesOf(publication.payload()));
        publication.headers().forEach((name, value) -> {
            fields.add(utf8(HEADER + name));
            fields.add(utf8(value));
        });
        String key = publication.messageKey();
        if (key != null) {
            fields.add(utf8(MESSAGE_KEY));
            fields.add(utf8(key));
        }
        return fields;
    }

    private byte[] bytesOf(Object payload) {
        if (payload instanceof byte[] bytes) {
            return bytes;
        }
        return payload instanceof CharSequence text ? utf8(text.toString()) : json.encode(payload);
    }

    /**
     * The payload of an entry.
     *
     * @throws IllegalArgumentException if it is not one of that type
     */
    public Object payload(StreamEntry entry, Type type) {
        if (type == StreamEntry.class) {
            return entry;
        }
        byte[] payload = entry.field(PAYLOAD).orElse(null);
        if (payload == null) {
            payload = json.encode(textFields(entry));
        }
        if (type == byte[].class) {
            return payload;
        }
        if (type == String.class || type == CharSequence.class) {
            return new String(payload, StandardCharsets.UTF_8);
        }
        Object value = json.decode(payload, type);
        if (value == null) {
            throw new IllegalArgumentException("The payload is null");
        }
        return value;
    }

    private static Map<String, String> textFields(StreamEntry entry) {
        Map<String, String> fields = new LinkedHashMap<>();
        for (int i = 0; i + 1 < entry.fields().size(); i += 2) {
            fields.putIfAbsent(text(entry.fields().get(i)), text(entry.fields().get(i + 1)));
        }
        return fields;
    }

    /** The headers of an entry. */
    public Map<String, String> headers(StreamEntry entry) {
        List<byte[]> fields = entry.fields();
        @Nullable Map<String, String> headers = null;
        for (int i = 0; i + 1 < fields.size(); i += 2) {
            byte[] name = fields.get(i);
            if (name.length > 2 && name[0] == 'h' && name[1] == ':') {
                headers = headers == null ? new LinkedHashMap<>() : headers;
                headers.put(text(name).substring(HEADER.length()), text(fields.get(i + 1)));
            }
        }
        return headers == null ? Map.of() : headers;
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
