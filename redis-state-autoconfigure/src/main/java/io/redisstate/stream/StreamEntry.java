package io.redisstate.stream;

import io.redisstate.core.Reply;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An entry of a stream as Redis has it.
 *
 * @param id its id, {@code <ms>-<sequence>}
 * @param fields names and values in turn, as they were added
 * @since 0.1
 */
public record StreamEntry(String id, List<byte[]> fields) {

    /** The value of the first field of a name. */
    public Optional<byte[]> field(String name) {
        byte[] wanted = name.getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i + 1 < fields.size(); i += 2) {
            if (Arrays.equals(fields.get(i), wanted)) {
                return Optional.of(fields.get(i + 1));
            }
        }
        return Optional.empty();
    }

    /** As {@link #field(String)}, as text. */
    public Optional<String> text(String name) {
        return field(name).map(value -> new String(value, StandardCharsets.UTF_8));
    }

    /** Reads what XRANGE gives. */
    public static List<StreamEntry> listOf(List<? extends @Nullable Object> reply) {
        List<StreamEntry> entries = new ArrayList<>(reply.size());
        for (Object element : reply) {
            entries.add(of(element));
        }
        return entries;
    }

    /** Reads an entry of a reply: its id and its fields. */
    public static StreamEntry of(@Nullable Object element) {
        List<?> pair = (List<?>) Objects.requireNonNull(element);
        return new StreamEntry(Objects.requireNonNull(Reply.text(pair.get(0))), fieldsOf(pair.get(1)));
    }

    /** Reads the fields of an entry in a reply. */
    @SuppressWarnings("unchecked")
    public static List<byte[]> fieldsOf(@Nullable Object reply) {
        return reply == null ? List.of() : (List<byte[]>) reply;
    }
}
