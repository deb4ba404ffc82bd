package io.redisstate.session;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/** Reads sessions. One that can't be read is removed, counted, and as good as none. */
final class SessionReader {

    private static final Log LOG = LogFactory.getLog(SessionReader.class);

    private final SessionStore store;
    private final SessionCodec codec;
    private final StateSession.Owner owner;
    private final SessionRemoval removal;
    private final LongAdder unreadable = new LongAdder();
    private final AtomicBoolean told = new AtomicBoolean();

    SessionReader(SessionStore store, SessionCodec codec, StateSession.Owner owner, SessionRemoval removal) {
        this.store = store;
        this.codec = codec;
        this.owner = owner;
        this.removal = removal;
    }

    @Nullable
    StateSession find(String id) {
        return live(id, SessionHash.of(store.ask(store.read(id))));
    }

    /** Those that there are, by id, in one pipeline. */
    Map<String, StateSession> findAll(List<String> ids) {
        List<List<@Nullable Object>> replies =
                store.askAll(new ArrayList<>(ids.stream().map(store::read).toList()));
        Map<String, StateSession> found = new LinkedHashMap<>();
        for (int i = 0; i < ids.size(); i++) {
            StateSession session = live(ids.get(i), SessionHash.of(replies.get(i)));
            if (session != null) {
                found.put(ids.get(i), session);
            }
        }
        return found;
    }

    /** A session whose time is over is left to the sweeper, which tells of its end. */
    private @Nullable StateSession live(String id, SessionHash hash) {
        if (hash.isEmpty()) {
            return null;
        }
        try {
            StateSession session = hash.toSession(id, owner, codec);
            return session.isExpired() ? null : session;
        } catch (UnreadableSessionException ex) {
            countAndLog(ex);
            removal.drop(id, hash.text(SessionHash.USER));
            return null;
        }
    }

    void countAndLog(UnreadableSessionException ex) {
        unreadable.increment();
        if (told.compareAndSet(false, true)) {
            LOG.warn(ex.getMessage() + " and is replaced by a new one; further ones are logged at debug level", ex);
        } else {
            LOG.debug(ex.getMessage() + " and is replaced by a new one", ex);
        }
    }

    long unreadable() {
        return unreadable.sum();
    }
}
