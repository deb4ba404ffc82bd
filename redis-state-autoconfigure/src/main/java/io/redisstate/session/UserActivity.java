package io.redisstate.session;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Something that a user did or that happened to one of the user's sessions.
 *
 * @param at when, by the clock of the instance that noted it
 * @param what {@link #LOGIN}, {@link #LOGOUT}, {@link #REVOKED}, {@link #EXPIRED} or the application's own word
 * @param session {@link UserSession#reference()} of the session; empty if none was concerned
 * @param address where the request came from; empty if unknown
 * @param userAgent what the browser calls itself; empty if unknown
 * @since 0.1
 */
public record UserActivity(Instant at, String what, String session, String address, String userAgent) {

    /** The user logged in. */
    public static final String LOGIN = "login";
    /** The user logged out. */
    public static final String LOGOUT = "logout";
    /** A session was ended from outside of it. */
    public static final String REVOKED = "revoked";
    /** A session's time was over. */
    public static final String EXPIRED = "expired";

    private static final int PARTS = 5;

    /** Of now, by the given client. */
    static UserActivity now(String what, @Nullable String sessionId, @Nullable SessionClient client) {
        return new UserActivity(
                Instant.now(),
                what,
                sessionId == null ? "" : UserSession.referenceOf(sessionId),
                client == null ? "" : client.address(),
                client == null ? "" : client.userAgent());
    }

    String line() {
        return String.join(
                "\n", Long.toString(at.toEpochMilli()), plain(what), session, plain(address), plain(userAgent));
    }

    static UserActivity of(String line) {
        String[] parts = line.split("\n", PARTS);
        return new UserActivity(Instant.ofEpochMilli(Long.parseLong(parts[0])), parts[1], parts[2], parts[3], parts[4]);
    }

    private static String plain(String text) {
        return text.replace('\n', ' ');
    }
}
