package io.redisstate.session;

import io.redisstate.core.KeySpace;
import io.redisstate.core.Reply;
import io.redisstate.core.ScriptCall;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/** The sessions of each user: a sorted set that is cleaned of what has ended whenever it is read, and by the sweeper. */
final class UserIndex {

    /** The most sessions of one user that are looked at, the latest logins first. */
    static final int MOST = 1_000;

    private static final Log LOG = LogFactory.getLog(UserIndex.class);
    private static final Object[] FIELDS = {
        SessionHash.CREATED,
        SessionHash.LAST_ACCESS,
        SessionHash.TIMEOUT,
        SessionHash.USER,
        SessionHash.ADDRESS,
        SessionHash.AGENT
    };

    private final SessionStore store;
    private final SessionSettings settings;
    private final SessionRemoval removal;
    private final Function<String, RuntimeException> refusal;

    UserIndex(
            SessionStore store,
            SessionSettings settings,
            SessionRemoval removal,
            Function<String, RuntimeException> refusal) {
        this.store = store;
        this.settings = settings;
        this.removal = removal;
        this.refusal = refusal;
    }

    /** In the order of their logins, the latest first; two round trips. */
    List<UserSession> sessionsOf(String user) {
        List<@Nullable Object> entries = flat(store.ask(store.latestOf(user, MOST)));
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < entries.size(); i += 2) {
            ids.add(Objects.requireNonNull(Reply.text(entries.get(i))));
        }
        List<List<@Nullable Object>> replies = store.askAll(new ArrayList<>(
                ids.stream().map(id -> store.readFields(id, FIELDS)).toList()));
        List<UserSession> live = new ArrayList<>();
        List<String> ended = new ArrayList<>();
        for (int i = 0; i < ids.size(); i++) {
            UserSession session = sessionOf(user, ids.get(i), replies.get(i));
            if (session != null) {
                live.add(session);
            } else if (!mayBeBeingWritten(entries.get(2 * i + 1))) {
                ended.add(ids.get(i));
            }
        }
        if (!ended.isEmpty()) {
            store.ask(store.removeFrom(user, ended));
        }
        return live;
    }

    /** Members and scores in turns; the newer protocol has them in pairs. */
    private static List<@Nullable Object> flat(List<@Nullable Object> reply) {
        List<@Nullable Object> flat = new ArrayList<>();
        for (Object element : reply) {
            if (element instanceof List<?> pair) {
                flat.addAll(pair);
            } else {
                flat.add(element);
            }
        }
        return flat;
    }

    private @Nullable UserSession sessionOf(String user, String id, List<@Nullable Object> values) {
        List<@Nullable Object> flat = new ArrayList<>();
        for (int i = 0; i < FIELDS.length; i++) {
            flat.add(KeySpace.bytes(FIELDS[i].toString()));
            flat.add(values.get(i));
        }
        SessionHash hash = SessionHash.of(flat);
        try {
            Instant created = Instant.ofEpochMilli(number(hash, SessionHash.CREATED));
            Instant lastAccess = Instant.ofEpochMilli(number(hash, SessionHash.LAST_ACCESS));
            Instant end = settings.end(created, lastAccess, Duration.ofSeconds(number(hash, SessionHash.TIMEOUT)));
            if (!user.equals(hash.text(SessionHash.USER)) || !Instant.now().isBefore(end)) {
                return null;
            }
            return new UserSession(
                    id,
                    created,
                    lastAccess,
                    Objects.requireNonNullElse(hash.text(SessionHash.ADDRESS), ""),
                    Objects.requireNonNullElse(hash.text(SessionHash.AGENT), ""));
        } catch (NumberFormatException ex) {
            return null;
        }
    }

    /** @throws NumberFormatException if there is none */
    private static long number(SessionHash hash, String field) {
        return Long.parseLong(Objects.requireNonNullElse(hash.text(field), ""));
    }

    private static boolean mayBeBeingWritten(@Nullable Object login) {
        double millis = login instanceof byte[] text
                ? Double.parseDouble(new String(text, StandardCharsets.UTF_8))
                : login instanceof Number number ? number.doubleValue() : 0;
        return millis > System.currentTimeMillis() - SessionStore.BEING_WRITTEN.toMillis();
    }

    /** Before a login is written: takes a place for it, or throws. */
    void admit(StateSession session, String user, SessionLimit limit) {
        ScriptCall<Long> call = store.admit(user, session.getId(), Instant.now(), limit.max());
        if (store.ask(call) == 0) {
            // Some of those may have ended without anyone having noticed.
            sessionsOf(user);
            if (store.ask(call) == 0) {
                throw refusal.apply("The user has " + limit.max() + " sessions already, which is the limit");
            }
        }
        session.admitted(session.getId());
        store.ask(store.noteEnd(session.getId(), user, session.end()));
    }

    /** After a login was written: ends those of the oldest logins beyond the limit, never the one at hand. */
    void endOldest(String user, String keptId, SessionLimit limit) {
        if (store.ask(store.countOf(user)) <= limit.max()) {
            return;
        }
        List<String> beyond = sessionsOf(user).stream()
                .map(UserSession::id)
                .sorted(Comparator.comparing(id -> !id.equals(keptId)))
                .skip(limit.max())
                .toList();
        int ended = beyond.isEmpty() ? 0 : removal.revoke(user, beyond);
        LOG.debug("Ended " + ended + " sessions beyond the limit of " + limit.max());
    }
}
