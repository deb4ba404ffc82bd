package io.redisstate.stream;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Something to publish to a stream.
 *
 * @param payload what consumers get
 * @param headers what is said about it, by name
 * @param messageKey what it is recognised by if it is published again; null if it need not be
 * @since 0.1
 */
public record Publication(Object payload, Map<String, String> headers, @Nullable String messageKey) {

    public Publication {
        headers = Map.copyOf(headers);
        if (messageKey != null && messageKey.isEmpty()) {
            throw new IllegalArgumentException("The message key must not be empty");
        }
    }

    /** A payload without headers and without a message key. */
    public static Publication of(Object payload) {
        return new Publication(payload, Map.of(), null);
    }

    /** This, with one more header. */
    public Publication withHeader(String name, String value) {
        Map<String, String> more = new LinkedHashMap<>(headers);
        more.put(name, value);
        return new Publication(payload, more, messageKey);
    }

    /** This, appended only if no message of this key has been within the publisher's window. */
    public Publication withMessageKey(String key) {
        return new Publication(payload, headers, key);
    }
}
