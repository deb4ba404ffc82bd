package io.redisstate.session;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The browser or program that a request came from, noted with the session.
 *
 * @param address its address; cut after 64 characters
 * @param userAgent what it calls itself, or empty; cut after 256 characters
 * @since 0.1
 */
public record SessionClient(String address, String userAgent) {

    private static final int LONGEST_ADDRESS = 64;
    private static final int LONGEST_AGENT = 256;
    private static final ThreadLocal<@Nullable SessionClient> CURRENT = new ThreadLocal<>();

    public SessionClient {
        address = cut(address, LONGEST_ADDRESS);
        userAgent = cut(userAgent, LONGEST_AGENT);
    }

    /** The client whose request the current thread serves; null outside requests. */
    public static @Nullable SessionClient current() {
        return CURRENT.get();
    }

    /**
     * Makes it the current one until the scope is closed, which the same thread does: the time of one request, in which a
     * session is read once.
     */
    public Scope open() {
        SessionClient before = CURRENT.get();
        Scope seen = SeenSessions.open();
        CURRENT.set(this);
        return () -> {
            seen.close();
            if (before == null) {
                CURRENT.remove();
            } else {
                CURRENT.set(before);
            }
        };
    }

    /** Does something with the given client as the current one; null leaves it as it is. */
    static <T extends @Nullable Object> T during(@Nullable SessionClient client, Supplier<T> work) {
        if (client == null) {
            return work.get();
        }
        try (Scope scope = client.open()) {
            return work.get();
        }
    }

    private static String cut(String text, int length) {
        return text.length() <= length ? text : text.substring(0, length);
    }

    /** The time in which a client is the current one. */
    @FunctionalInterface
    public interface Scope extends AutoCloseable {
        @Override
        void close();
    }
}
