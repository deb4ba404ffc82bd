package io.redisstate.stream.container;

import io.redisstate.core.KeySpace;
import io.redisstate.stream.DeadLetter;
import io.redisstate.stream.StreamEntry;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** What a dead letter says: the original fields, and why it died. */
final class DeadLetterFields {

    private static final int LONGEST_MESSAGE = 1_000;
    private static final int LONGEST_TRACE = 4_000;

    private DeadLetterFields() {}

    static List<byte[]> of(ContainerOptions options, StreamEntry entry, long deliveries, Throwable failure) {
        List<byte[]> fields = new ArrayList<>(entry.fields().size() + 14);
        fields.addAll(entry.fields());
        add(fields, "stream", options.stream());
        add(fields, "id", entry.id());
        add(fields, "group", options.group());
        add(fields, "attempts", Long.toString(deliveries));
        add(fields, "exception", failure.getClass().getName());
        add(fields, "message", cut(text(() -> String.valueOf(failure.getMessage())), LONGEST_MESSAGE));
        add(fields, "stacktrace", cut(text(() -> traceOf(failure)), LONGEST_TRACE));
        return fields;
    }

    private static String traceOf(Throwable failure) {
        StringWriter trace = new StringWriter();
        failure.printStackTrace(new PrintWriter(trace));
        return trace.toString();
    }

    /** A failure that can't even say what it is must not keep its message from being buried. */
    private static String text(Supplier<String> text) {
        try {
            return text.get();
        } catch (RuntimeException | Error ex) {
            return "it can't be told: " + ex.getClass().getName();
        }
    }

    private static void add(List<byte[]> fields, String name, String value) {
        fields.add(KeySpace.bytes(DeadLetter.FIELD + name));
        fields.add(KeySpace.bytes(value));
    }

    private static String cut(String text, int longest) {
        return text.length() <= longest ? text : text.substring(0, longest);
    }
}
