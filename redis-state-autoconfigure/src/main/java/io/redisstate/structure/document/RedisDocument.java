package io.redisstate.structure.document;

import io.redisstate.core.CallExecutor;
import io.redisstate.core.Reply;
import io.redisstate.core.Script;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A record kept as a hash, each property a field of JSON: read one field, write some, add to a number, or write all if nobody
 * else has.
 *
 * <p>Every write makes the version one more; that of a new document is the server's time in microseconds, so that what was read of
 * one that has been deleted or has expired since is never taken for what is there. Each operation is atomic and one round trip; {@link #change} two for each attempt. A write
 * whose reply is lost is not sent again. Thread-safe.
 *
 * @param <T> what the document says
 * @since 0.1
 */
public final class RedisDocument<T> {

    private static final Script<Long> WRITE = Script.load(RedisDocument.class, "write", Reply.LONG);
    private static final Script<Long> DELETE = Script.load(RedisDocument.class, "delete", Reply.LONG);
    private static final Script<byte @Nullable []> INCREMENT =
            Script.load(RedisDocument.class, "increment", Reply.BYTES);
    private static final Script<byte @Nullable []> GET = Script.command("HGET", Reply.BYTES);
    private static final Script<List<@Nullable Object>> GET_ALL = Script.command("HGETALL", Reply.LIST);
    private static final int ATTEMPTS = 50;

    private final CallExecutor calls;
    private final List<String> key;
    private final DocumentFields fields;
    private final long timeToLiveMillis;

    RedisDocument(CallExecutor calls, String key, DocumentFields fields, long timeToLiveMillis) {
        this.calls = calls;
        this.key = List.of(key);
        this.fields = fields;
        this.timeToLiveMillis = timeToLiveMillis;
    }

    /** The document and its version. */
    public Optional<Versioned<T>> find() {
        return Optional.ofNullable(fields.read(calls.execute(GET_ALL.call(key).asRepeatable())));
    }

    /** One field; empty if there is no document, no such field, or null in it. */
    public <V> Optional<V> read(String field, Class<V> type) {
        byte[] json = calls.execute(GET.call(key, DocumentFields.checked(field)).asRepeatable());
        return json == null ? Optional.empty() : Optional.ofNullable(type.cast(fields.decode(json, type)));
    }

    /** The version; 0 if there is no document. */
    public long version() {
        byte[] version = calls.execute(GET.call(key, DocumentFields.VERSION).asRepeatable());
        return version == null ? 0 : Long.parseLong(new String(version, StandardCharsets.US_ASCII));
    }

    /** Writes the document, whatever there is; returns the new version. */
    public long save(T value) {
        return write("", "all", fields.of(value));
    }

    /**
     * Writes the document if it has a version.
     *
     * @param version as it was read; 0 if there must be no document
     * @return the new version
     * @throws DocumentConflictException if it has another
     */
    public long save(T value, long version) {
        return requireNoConflict(write(String.valueOf(version), "all", fields.of(value)));
    }

    /**
     * Writes some fields of a document that is there.
     *
     * @param some new values by field; fields that the type does not have are written and ignored
     * @return the new version; empty if there is no document
     */
    public OptionalLong update(Map<String, ? extends @Nullable Object> some) {
        long version = write("", "some", fields.of(some));
        return version == 0 ? OptionalLong.empty() : OptionalLong.of(version);
    }

    /**
     * As {@link #update(Map)}, if it has a version.
     *
     * @throws DocumentConflictException if it has another, or is not there
     */
    public long update(Map<String, ? extends @Nullable Object> some, long version) {
        long written = write(String.valueOf(version), "some", fields.of(some));
        return requireNoConflict(written == 0 ? -1 : written);
    }

    /**
     * Reads the document, changes it, and writes it if nobody else has meanwhile; else begins anew, up to 50 times.
     *
     * @param change gives the new value; called once for each attempt
     * @return the document as written; empty if there is none
     * @throws DocumentConflictException if somebody else was faster each time
     */
    public Optional<Versioned<T>> change(UnaryOperator<T> change) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Versioned<T> found = find().orElse(null);
            if (found == null) {
                return Optional.empty();
            }
            T value = change.apply(found.value());
            long version = write(String.valueOf(found.version()), "all", fields.of(value));
            if (version > 0) {
                return Optional.of(new Versioned<>(value, version));
            }
        }
        throw new DocumentConflictException(
                "Document " + key.get(0) + " was changed by others during each of " + ATTEMPTS + " attempts");
    }

    /** Adds to a field that is a whole number; returns the new one, empty if there is no document. */
    public OptionalLong increment(String field, long by) {
        byte[] value = add("HINCRBY", field, by);
        return value == null ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(text(value)));
    }

    /** Adds to a field that is a number; returns the new one, empty if there is no document. */
    public OptionalDouble increment(String field, double by) {
        byte[] value = add("HINCRBYFLOAT", field, by);
        return value == null ? OptionalDouble.empty() : OptionalDouble.of(Double.parseDouble(text(value)));
    }

    /** Deletes the document; false if there is none. */
    public boolean delete() {
        return calls.execute(DELETE.call(key, "").asRepeatable()) == 1;
    }

    /**
     * Deletes the document if it has a version; false if there is none.
     *
     * @throws DocumentConflictException if it has another
     */
    public boolean delete(long version) {
        return requireNoConflict(calls.execute(DELETE.call(key, version).asRepeatable())) == 1;
    }

    private long write(String version, String what, List<Object> values) {
        List<Object> arguments = new ArrayList<>(List.of(version, timeToLiveMillis, what));
        arguments.addAll(values);
        return calls.execute(WRITE.call(key, arguments.toArray()));
    }

    private byte @Nullable [] add(String command, String field, Object by) {
        return calls.execute(INCREMENT.call(key, command, DocumentFields.checked(field), by, timeToLiveMillis));
    }

    private long requireNoConflict(long version) {
        if (version < 0) {
            throw new DocumentConflictException("Document " + key.get(0) + " has another version than expected");
        }
        return version;
    }

    private static String text(byte[] value) {
        return new String(value, StandardCharsets.US_ASCII);
    }
}
