package io.redisstate.session;

import io.redisstate.core.KeySpace;
import io.redisstate.core.Reply;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The hash of a session. The names are Spring Session's own, so that its sessions can be read; user, address and agent are
 * ours, and Spring Session skips them.
 */
final class SessionHash {

    static final String CREATED = "creationTime";
    static final String LAST_ACCESS = "lastAccessedTime";
    static final String TIMEOUT = "maxInactiveInterval";
    static final String USER = "user";
    static final String ADDRESS = "address";
    static final String AGENT = "agent";
    static final String ATTRIBUTE = "sessionAttr:";

    private final Map<String, byte[]> fields;

    private SessionHash(Map<String, byte[]> fields) {
        this.fields = fields;
    }

    /** From names and values that take turns. */
    static SessionHash of(List<@Nullable Object> flat) {
        Map<String, byte[]> fields = new HashMap<>(flat.size());
        for (int i = 0; i + 1 < flat.size(); i += 2) {
            if (flat.get(i) instanceof byte[] name && flat.get(i + 1) instanceof byte[] value) {
                fields.put(new String(name, StandardCharsets.UTF_8), value);
            }
        }
        return new SessionHash(fields);
    }

    boolean isEmpty() {
        return fields.isEmpty();
    }

    @Nullable
    String text(String field) {
        return Reply.text(fields.get(field));
    }

    /** @throws UnreadableSessionException if the times or an attribute can't be read */
    StateSession toSession(String id, StateSession.Owner owner, SessionCodec codec) {
        try {
            StateSession session = new StateSession(
                    id,
                    Instant.ofEpochMilli(number(CREATED, codec)),
                    Instant.ofEpochMilli(number(LAST_ACCESS, codec)),
                    Duration.ofSeconds(number(TIMEOUT, codec)),
                    owner);
            fields.forEach((name, value) -> {
                if (name.startsWith(ATTRIBUTE) && value.length > 0) {
                    session.restore(name.substring(ATTRIBUTE.length()), codec.read(value), value);
                }
            });
            session.restoreFacts(text(USER), text(ADDRESS), text(AGENT));
            return session;
        } catch (RuntimeException | StackOverflowError ex) {
            throw new UnreadableSessionException("The session " + SessionIds.masked(id) + " can't be read", ex);
        }
    }

    /** Ours are digits; Spring Session's are objects in its serialization. */
    private long number(String field, SessionCodec codec) {
        byte[] value = fields.get(field);
        if (value == null) {
            throw new IllegalStateException("It has no " + field);
        }
        if (isNumber(value)) {
            return Long.parseLong(new String(value, StandardCharsets.US_ASCII));
        }
        if (codec.read(value) instanceof Number number) {
            return number.longValue();
        }
        throw new IllegalStateException("Its " + field + " is no number");
    }

    private static boolean isNumber(byte[] value) {
        for (int i = value.length > 1 && value[0] == '-' ? 1 : 0; i < value.length; i++) {
            if (value[i] < '0' || value[i] > '9') {
                return false;
            }
        }
        return value.length > 0;
    }

    static byte[] bytes(long number) {
        return KeySpace.bytes(Long.toString(number));
    }
}
