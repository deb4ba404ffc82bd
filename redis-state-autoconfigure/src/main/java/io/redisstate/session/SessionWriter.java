package io.redisstate.session;

import io.redisstate.core.CallExecutor.Outcome;
import io.redisstate.core.ScriptCall;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.session.Session;

/**
 * Writes what has changed in a session, in one round trip unless its id or user has, and nothing where nothing has.
 *
 * <p>The order within the pipeline matters to a pipeline that is cut off: the note of a session's end comes before the
 * session, so that whatever was written is removed by the sweeper.
 */
final class SessionWriter {

    private static final long MILLIS_OF_SECOND = 1_000;
    private static final Log LOG = LogFactory.getLog(SessionWriter.class);

    private final SessionStore store;
    private final SessionCodec codec;
    private final Consumer<Session> created;
    private final ListKeeper lists;

    SessionWriter(SessionStore store, SessionCodec codec, Consumer<Session> created, ListKeeper lists) {
        this.lists = lists;
        this.store = store;
        this.codec = codec;
        this.created = created;
    }

    /** The user who has logged in by this, if any. */
    @Nullable
    String write(StateSession session) {
        String user = session.user();
        boolean login = user != null && !user.equals(session.storedUser());
        boolean noted = session.isNew() || session.isMoved() || session.isTouchDue();
        boolean written = session.isNew() ? create(session, user) : update(session, user);
        if (user != null && written && (login || noted)) {
            lists.note(user, session.end());
        }
        return login && written ? user : null;
    }

    private boolean create(StateSession session, @Nullable String user) {
        SessionChanges changes = all(session, user);
        List<ScriptCall<Long>> calls = new ArrayList<>();
        String id = session.getId();
        enter(calls, session, user);
        leaveAdmitted(calls, session, user);
        int main = calls.size();
        calls.add(store.write(id, changes));
        calls.add(store.expireIn(id, ttlMillis(session)));
        attempt(session, changes, () -> store.askAll(calls, outcomes -> takeBackUnnoted(id, outcomes, main)));
        session.stored(changes, user, true);
        created.accept(session);
        return true;
    }

    /** A session that stands in no list could neither be found nor revoked. */
    private void takeBackUnnoted(String id, List<Outcome<Long>> outcomes, int main) {
        boolean noted = outcomes.subList(0, main).stream().allMatch(outcome -> outcome.error() == null);
        if (!noted && outcomes.get(main).error() == null) {
            quietly("take back a session that could not be noted", List.of(store.delete(id)));
        }
    }

    /** Writes a session that came from elsewhere; nothing if there is one of its id already. */
    void writeImported(StateSession session) {
        String user = session.user();
        SessionChanges changes = all(session, user);
        note(session, user);
        store.ask(store.writeIfAbsent(session.getId(), changes, ttlMillis(session)));
        if (user != null) {
            lists.note(user, session.end());
        }
    }

    private SessionChanges all(StateSession session, @Nullable String user) {
        SessionChanges changes = new SessionChanges(session);
        touch(session, changes);
        if (user != null) {
            changes.put(SessionHash.USER, user);
        }
        session.collectAttributes(codec, changes);
        return changes;
    }

    private boolean update(StateSession session, @Nullable String user) {
        boolean moved = session.isMoved();
        boolean otherUser = !Objects.equals(user, session.storedUser());
        boolean touched = moved || otherUser || session.isTouchDue();
        SessionChanges changes = new SessionChanges(session);
        session.collectAttributes(codec, changes);
        if (touched) {
            touch(session, changes);
        }
        if (otherUser) {
            putUser(user, changes);
        }
        if (changes.isEmpty()) {
            session.stored(changes, user, false);
            return false;
        }
        boolean written = attempt(session, changes, () -> run(session, user, changes, moved || otherUser, touched));
        if (written) {
            session.stored(changes, user, touched);
        } else {
            LOG.debug("A late change of a session that has ended is dropped: " + session);
        }
        return written;
    }

    private static <T> T attempt(StateSession session, SessionChanges changes, Supplier<T> calls) {
        try {
            return calls.get();
        } catch (RuntimeException ex) {
            session.notStored(changes);
            throw ex;
        }
    }

    private static void putUser(@Nullable String user, SessionChanges changes) {
        if (user == null) {
            changes.remove(SessionHash.USER);
        } else {
            changes.put(SessionHash.USER, user);
        }
    }

    private boolean run(
            StateSession session, @Nullable String user, SessionChanges changes, boolean renamed, boolean touched) {
        long ttl = touched ? ttlMillis(session) : 0;
        ScriptCall<Long> main = session.isMoved()
                ? store.move(session.storedId(), session.getId(), changes, ttl)
                : store.save(session.getId(), changes, ttl);
        if (renamed) {
            return rename(session, user, main);
        }
        if (!touched) {
            return store.ask(main) == 1;
        }
        ScriptCall<Long> note = store.noteEnd(session.getId(), user, session.end());
        boolean written = store.askAll(List.of(note, main)).get(1) == 1;
        if (!written) {
            leaveQuietly(session.getId(), user);
        }
        return written;
    }

    /**
     * In three steps, for the keys may lie on different nodes: the session is in the list of its user before it is the
     * user's, and leaves the former place only when it is no longer there.
     */
    private boolean rename(StateSession session, @Nullable String user, ScriptCall<Long> main) {
        note(session, user);
        if (store.ask(main) != 1) {
            leaveQuietly(session.getId(), user);
            return false;
        }
        List<ScriptCall<Long>> former = new ArrayList<>();
        leave(former, session.storedId(), session.storedUser());
        leaveAdmitted(former, session, user);
        quietly("remove the notes of a session's former id", former);
        return true;
    }

    private void note(StateSession session, @Nullable String user) {
        List<ScriptCall<Long>> calls = new ArrayList<>();
        enter(calls, session, user);
        store.askAll(calls);
    }

    private void enter(List<ScriptCall<Long>> calls, StateSession session, @Nullable String user) {
        calls.add(store.noteEnd(session.getId(), user, session.end()));
        if (user != null) {
            calls.add(store.addTo(user, session.getId(), Instant.now()));
        }
    }

    private void leaveAdmitted(List<ScriptCall<Long>> calls, StateSession session, @Nullable String user) {
        String admitted = session.admittedId();
        if (admitted != null && !admitted.equals(session.getId())) {
            leave(calls, admitted, user);
        }
    }

    private void leaveQuietly(String id, @Nullable String user) {
        List<ScriptCall<Long>> calls = new ArrayList<>();
        leave(calls, id, user);
        quietly("remove the notes of a session that has ended", calls);
    }

    /** What is left behind is removed by the sweeper and by those who read the list. */
    private void quietly(String what, List<ScriptCall<Long>> calls) {
        try {
            store.askAll(calls);
        } catch (SessionUnavailableException ex) {
            LOG.debug("Could not " + what, ex);
        }
    }

    private void leave(List<ScriptCall<Long>> calls, String id, @Nullable String user) {
        calls.add(store.forgetEnd(id, user));
        if (user != null) {
            calls.add(store.removeFrom(user, List.of(id)));
        }
    }

    private static void touch(StateSession session, SessionChanges changes) {
        changes.put(SessionHash.LAST_ACCESS, session.getLastAccessedTime().toEpochMilli());
        // Whole seconds, as Spring Session has it; rounded up, so that none becomes zero.
        changes.put(
                SessionHash.TIMEOUT,
                session.getMaxInactiveInterval()
                        .plusMillis(MILLIS_OF_SECOND - 1)
                        .toSeconds());
        session.collectClient(changes);
    }

    private long ttlMillis(StateSession session) {
        long untilEnd =
                session.end().toEpochMilli() - session.getLastAccessedTime().toEpochMilli();
        return Math.max(untilEnd, 0) + SessionStore.KEPT.toMillis();
    }
}
