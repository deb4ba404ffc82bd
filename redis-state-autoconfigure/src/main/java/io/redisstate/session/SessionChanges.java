package io.redisstate.session;

import io.redisstate.core.KeySpace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Fields to write and to remove, in the order the scripts take them. */
final class SessionChanges {

    private static final byte[] REMOVED = new byte[0];

    private final List<Object> pairs = new ArrayList<>();
    private final List<String> removed = new ArrayList<>();
    private final Map<String, String> texts = new HashMap<>();
    private final Map<String, byte[]> attributes = new HashMap<>();

    /** Begins with the field that every session has. */
    SessionChanges(StateSession session) {
        pairs.add(SessionHash.CREATED);
        pairs.add(SessionHash.bytes(session.getCreationTime().toEpochMilli()));
    }

    void put(String field, String value) {
        pairs.add(field);
        pairs.add(KeySpace.bytes(value));
        texts.put(field, value);
    }

    void put(String field, long value) {
        pairs.add(field);
        pairs.add(SessionHash.bytes(value));
    }

    void remove(String field) {
        removed.add(field);
    }

    void putAttribute(String name, byte[] value) {
        pairs.add(SessionHash.ATTRIBUTE + name);
        pairs.add(value);
        attributes.put(name, value);
    }

    void removeAttribute(String name) {
        removed.add(SessionHash.ATTRIBUTE + name);
        attributes.put(name, REMOVED);
    }

    /** Whether there is nothing to do. */
    boolean isEmpty() {
        return pairs.size() == 2 && removed.isEmpty();
    }

    @Nullable
    String text(String field) {
        return texts.get(field);
    }

    /** The attributes that change; one that is removed without bytes. */
    Map<String, byte[]> attributes() {
        return attributes;
    }

    /** As HSET takes them after the key. */
    Object[] fields() {
        return pairs.toArray();
    }

    /** As the scripts take them. */
    Object[] arguments(long ttlMillis) {
        List<Object> arguments = new ArrayList<>(Arrays.asList(ttlMillis, pairs.size()));
        arguments.addAll(pairs);
        arguments.addAll(removed);
        return arguments.toArray();
    }
}
