package io.redisstate.session;

import io.redisstate.core.ScriptCall;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Ends sessions. Whoever takes a session out of Redis tells of its end, and only one can; so each end is told once. The
 * notes about it in other keys are removed after that.
 */
final class SessionRemoval {

    private final SessionStore store;
    private final SessionSettings settings;
    private final SessionCodec codec;
    private final StateSession.Owner owner;
    private final SessionEvents events;

    SessionRemoval(
            SessionStore store,
            SessionSettings settings,
            SessionCodec codec,
            StateSession.Owner owner,
            SessionEvents events) {
        this.store = store;
        this.settings = settings;
        this.codec = codec.readingBoth();
        this.owner = owner;
        this.events = events;
    }

    /** Ends one on its own request. */
    void logOut(String id) {
        SessionHash hash = SessionHash.of(store.ask(store.take(id)));
        SeenSessions.gone(owner, id);
        if (!hash.isEmpty()) {
            String user = hash.text(SessionHash.USER);
            forget(id, user, UserActivity.LOGOUT, SessionClient.current());
            events.deleted(sessionOf(id, hash));
        }
    }

    /** Ends sessions of a user; how many there were. */
    int revoke(String user, List<String> ids) {
        List<List<@Nullable Object>> taken =
                store.askAll(new ArrayList<>(ids.stream().map(store::take).toList()));
        int revoked = 0;
        for (int i = 0; i < ids.size(); i++) {
            SessionHash hash = SessionHash.of(taken.get(i));
            SeenSessions.gone(owner, ids.get(i));
            forget(ids.get(i), user, hash.isEmpty() ? null : UserActivity.REVOKED, clientOf(hash));
            if (!hash.isEmpty()) {
                revoked++;
                events.revoked(sessionOf(ids.get(i), hash));
            }
        }
        return revoked;
    }

    /** Removes one that nobody can read. */
    void drop(String id, @Nullable String user) {
        store.askAll(List.of(store.take(id)));
        forget(id, user, null, null);
    }

    /** Ends those whose time is over, and looks again later after those whose time has been put off. */
    void expire(List<DueSession> due, List<Duration> late) {
        List<List<@Nullable Object>> replies = store.askAll(
                new ArrayList<>(due.stream().map(one -> store.expire(one.id())).toList()));
        for (int i = 0; i < due.size(); i++) {
            DueSession one = due.get(i);
            List<@Nullable Object> reply = replies.get(i);
            if (reply.size() == 1) {
                Instant end = Instant.now().plusMillis((Long) Objects.requireNonNull(reply.get(0)));
                store.ask(store.noteEnd(one.id(), one.user(), end));
                continue;
            }
            SessionHash hash = SessionHash.of(reply);
            // Gone before anyone came to see: it was not logged out or revoked, for that would have removed the note.
            boolean unseen = hash.isEmpty() && late.get(i).compareTo(SessionStore.KEPT) >= 0;
            boolean noted = forget(one.id(), one.user(), hash.isEmpty() ? null : UserActivity.EXPIRED, clientOf(hash));
            if (!hash.isEmpty() || (unseen && noted)) {
                events.expired(sessionOf(one.id(), hash));
            }
        }
    }

    /** Removes the notes; whether there was one of its end. */
    private boolean forget(
            String id, @Nullable String user, @Nullable String activity, @Nullable SessionClient client) {
        List<ScriptCall<Long>> calls = new ArrayList<>();
        calls.add(store.forgetEnd(id, user));
        if (user != null) {
            calls.add(store.removeFrom(user, List.of(id)));
            if (activity != null && settings.recordsActivity()) {
                calls.add(store.record(
                        user,
                        UserActivity.now(activity, id, client),
                        settings.activityEntries(),
                        settings.activityTtl()));
            }
        }
        return store.askAll(calls).get(0) == 1;
    }

    private static SessionClient clientOf(SessionHash hash) {
        return new SessionClient(
                Objects.requireNonNullElse(hash.text(SessionHash.ADDRESS), ""),
                Objects.requireNonNullElse(hash.text(SessionHash.AGENT), ""));
    }

    private StateSession sessionOf(String id, SessionHash hash) {
        try {
            return hash.toSession(id, owner, codec);
        } catch (UnreadableSessionException ex) {
            return StateSession.local(id, owner);
        }
    }
}
