package io.redisstate.stream.listener;

/**
 * What a listener method can be given by {@code @Header} besides the headers that were published.
 *
 * @since 0.1
 */
public final class StreamHeaders {

    /** The message's id, as text. */
    public static final String ID = "redis-state-id";

    /** How often the group has been given the message, this time included: a number. */
    public static final String DELIVERY_COUNT = "redis-state-delivery-count";

    /** The stream's name. */
    public static final String STREAM = "redis-state-stream";

    /** When the message was added: a {@link java.time.Instant}. */
    public static final String TIMESTAMP = "redis-state-timestamp";

    private StreamHeaders() {}
}
