package io.redisstate.session;

import io.redisstate.core.Reply;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The sessions of each user: what a page "your devices" shows and does.
 *
 * <p>A user is named as Spring Session names the principal: by the authentication's name, or by the session attribute
 * {@code FindByIndexNameSessionRepository.PRINCIPAL_NAME_INDEX_NAME}. Only sessions of that user are ever listed or ended.
 * A session that is revoked is gone for all requests that begin from then on, and changes by those under way are dropped.
 *
 * <p>Thread-safe. At most the 1,000 latest logins of a user are listed. All methods throw
 * {@link SessionUnavailableException} if Redis can't be reached.
 *
 * @since 0.1
 */
public final class UserSessions {

    private final UserIndex index;
    private final SessionRemoval removal;
    private final SessionStore store;
    private final SessionSettings settings;

    UserSessions(UserIndex index, SessionRemoval removal, SessionStore store, SessionSettings settings) {
        this.index = index;
        this.removal = removal;
        this.store = store;
        this.settings = settings;
    }

    /** The user's sessions, the latest login first; two round trips. */
    public List<UserSession> list(String user) {
        return index.sessionsOf(user);
    }

    /** How many sessions the user has; two round trips. */
    public int count(String user) {
        return list(user).size();
    }

    /**
     * Ends one session of the user; four round trips.
     *
     * @param idOrReference its id, or its {@link UserSession#reference()}
     * @return false if the user has no such session
     */
    public boolean revoke(String user, String idOrReference) {
        return revokeThose(user, session -> isMeant(session, idOrReference)) > 0;
    }

    /** Ends all sessions of the user, and gives how many there were. */
    public int revokeAll(String user) {
        return revokeThose(user, session -> true);
    }

    /**
     * Ends all sessions of the user but one, and gives how many there were.
     *
     * @param idOrReference the one to keep, mostly that of the request at hand
     */
    public int revokeAllBut(String user, String idOrReference) {
        return revokeThose(user, session -> !isMeant(session, idOrReference));
    }

    private static boolean isMeant(UserSession session, String idOrReference) {
        return session.id().equals(idOrReference) || session.reference().equals(idOrReference);
    }

    private int revokeThose(String user, Predicate<UserSession> which) {
        int revoked = 0;
        List<String> ids;
        do {
            List<UserSession> listed = list(user);
            ids = listed.stream().filter(which).map(UserSession::id).toList();
            revoked += ids.isEmpty() ? 0 : removal.revoke(user, ids);
            if (listed.size() < UserIndex.MOST) {
                return revoked;
            }
        } while (!ids.isEmpty());
        return revoked;
    }

    /**
     * What the user did and what happened to the user's sessions, the latest first; one round trip. Empty unless activity is
     * recorded.
     */
    public List<UserActivity> activity(String user) {
        return store.ask(store.activityOf(user)).stream()
                .map(Reply::text)
                .map(line -> UserActivity.of(Objects.requireNonNull(line)))
                .toList();
    }

    /**
     * Records something that the user did, if activity is recorded; one round trip.
     *
     * @param what one line, such as {@code password-changed}
     * @param sessionId the session it was done in; null if in none
     */
    public void record(String user, String what, @Nullable String sessionId) {
        if (settings.recordsActivity()) {
            store.ask(store.record(
                    user,
                    UserActivity.now(what, sessionId, SessionClient.current()),
                    settings.activityEntries(),
                    settings.activityTtl()));
        }
    }
}
