package io.redisstate.stream;

import java.util.Optional;

/**
 * A message that a group has given up.
 *
 * @param entry the dead letter: its id among the dead letters, the original fields and {@code dead:...} fields
 * @since 0.1
 */
public record DeadLetter(StreamEntry entry) {

    /** What the fields that say why it died start with. */
    public static final String FIELD = "dead:";

    /** Its id among the dead letters. */
    public String id() {
        return entry.id();
    }

    /** The stream it is from. */
    public String stream() {
        return text("stream");
    }

    /** Its id in that stream. */
    public String originalId() {
        return text("id");
    }

    /** The group that has given it up. */
    public String group() {
        return text("group");
    }

    /** How often it was delivered. */
    public long attempts() {
        return Long.parseLong(text("attempts"));
    }

    /** The class of what the handler threw. */
    public String exceptionClass() {
        return text("exception");
    }

    /** The message of what it threw; empty if it had none. */
    public String exceptionMessage() {
        return text("message");
    }

    /** The first lines of its stack trace. */
    public String stackTrace() {
        return text("stacktrace");
    }

    /** The payload as it was published, whether or not it could be read. */
    public Optional<byte[]> payload() {
        return entry.field(StreamCodec.PAYLOAD);
    }

    private String text(String name) {
        return entry.text(FIELD + name).orElse("");
    }
}
