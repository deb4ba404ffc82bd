package io.redisstate.stream.container;

import io.redisstate.stream.StreamEntry;
import io.redisstate.stream.StreamMessage;
import java.nio.charset.StandardCharsets;
import java.util.function.Function;

/**
 * Which lane an entry is in: messages with the same key are in the same, in every process. Different keys share a lane so
 * seldom that it does not matter, and then they are only handled one after the other.
 *
 * @param order what messages have to share to be handled in their order
 */
record Lanes(Messages messages, Function<StreamMessage<?>, Object> order) {

    private static final long FNV_OFFSET = 0xcbf29ce484222325L;
    private static final long FNV_PRIME = 0x100000001b3L;
    private static final int UNUSED_BITS = 16;

    /** As a sorted set can hold it without loss: 48 bits. What can't be put in order has a lane of its own. */
    String of(StreamEntry entry) {
        String text;
        try {
            text = textOf(order.apply(messages.read(entry, 1)));
        } catch (RuntimeException | Error ex) {
            // Whatever is wrong with one message, those after it are not to wait for it.
            text = "\0" + entry.id();
        }
        long hash = FNV_OFFSET;
        for (byte one : text.getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ (one & 0xff)) * FNV_PRIME;
        }
        return Long.toString((hash ^ hash >>> 32) << UNUSED_BITS >>> UNUSED_BITS);
    }

    /** Objects that have no text of their own are told apart by nothing but their class. */
    private static String textOf(Object key) {
        if (key instanceof byte[] bytes) {
            return new String(bytes, StandardCharsets.ISO_8859_1);
        }
        String text = String.valueOf(key);
        String identity = key == null ? "" : key.getClass().getName() + "@";
        return !identity.isEmpty() && text.startsWith(identity) ? identity : text;
    }
}
