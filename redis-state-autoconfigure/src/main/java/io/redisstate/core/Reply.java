package io.redisstate.core;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.data.redis.connection.ReturnType;

/**
 * The type of a script's reply: what to ask the client for, and how to read what it gives.
 *
 * @param <T> the Java type
 * @since 0.1
 */
public final class Reply<T extends @Nullable Object> {

    /** An integer. */
    public static final Reply<Long> LONG = new Reply<>(ReturnType.INTEGER, Reply::asLong);

    /** A list of integers, or a single integer, which costs a script less; a list that ends in nil is cut there by the server. */
    public static final Reply<long[]> LONGS = new Reply<>(ReturnType.MULTI, Reply::asLongs);

    /** A bulk string, or null for nil. */
    public static final Reply<byte @Nullable []> BYTES = new Reply<>(ReturnType.VALUE, raw -> (byte[]) raw);

    /** A list whose elements are {@code Long}, {@code byte[]} or null. */
    public static final Reply<List<@Nullable Object>> LIST = new Reply<>(ReturnType.MULTI, Reply::asList);

    /** Whatever comes; it is not read. */
    public static final Reply<@Nullable Object> NONE = new Reply<>(ReturnType.MULTI, raw -> null);

    private final ReturnType type;
    private final Function<@Nullable Object, T> reader;

    private Reply(ReturnType type, Function<@Nullable Object, T> reader) {
        this.type = type;
        this.reader = reader;
    }

    /** The same for a list of calls of several types. */
    @SuppressWarnings("unchecked") // a reply is only ever read
    public Reply<@Nullable Object> mixed() {
        return (Reply<@Nullable Object>) this;
    }

    ReturnType type() {
        return type;
    }

    T read(@Nullable Object raw) {
        return reader.apply(raw);
    }

    /** The text of an element of a {@link #LIST}; null for nil. */
    public static @Nullable String text(@Nullable Object element) {
        return element instanceof byte[] bytes
                ? new String(bytes, StandardCharsets.UTF_8)
                : element == null ? null : element.toString();
    }

    private static Long asLong(@Nullable Object raw) {
        if (raw instanceof Long number) {
            return number;
        }
        throw new IllegalStateException("The script replied " + raw + " where an integer was expected");
    }

    private static long[] asLongs(@Nullable Object raw) {
        if (raw instanceof Long number) {
            return new long[] {number};
        }
        return asList(raw).stream().mapToLong(Reply::asLong).toArray();
    }

    @SuppressWarnings("unchecked")
    private static List<@Nullable Object> asList(@Nullable Object raw) {
        return raw == null ? List.of() : (List<@Nullable Object>) raw;
    }
}
