package io.redisstate.session;

import io.redisstate.core.ScriptCall;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Gives the lists of users' sessions their times to live: notes here what is written to them, and tells Redis with the next look
 * of the sweeper, so that no request waits for that. Thread-safe.
 */
final class ListKeeper {

    /** The most users noted between two looks; the others are when their sessions are next touched. */
    private static final int MOST = 10_000;

    private static final int BATCH = 500;

    private final SessionStore store;
    private final Map<String, Instant> ends = new ConcurrentHashMap<>();
    private volatile boolean active;

    ListKeeper(SessionStore store) {
        this.store = store;
    }

    /** Whether somebody calls {@link #tell()}. */
    void active(boolean now) {
        active = now;
    }

    /** A session of the user ends then, as far as known. */
    void note(String user, Instant end) {
        if (active && (ends.size() < MOST || ends.containsKey(user))) {
            ends.merge(user, end, (one, other) -> one.isAfter(other) ? one : other);
        }
    }

    /** What was noted is lost if Redis can't be reached, until the next touch. */
    void tell() {
        List<ScriptCall<Long>> calls = new ArrayList<>();
        for (Iterator<Map.Entry<String, Instant>> noted = ends.entrySet().iterator(); noted.hasNext(); ) {
            Map.Entry<String, Instant> one = noted.next();
            noted.remove();
            Duration left = Duration.between(Instant.now(), one.getValue());
            calls.add(store.keep(one.getKey(), left.isNegative() ? Duration.ZERO : left));
            if (calls.size() == BATCH) {
                store.askAll(calls);
                calls.clear();
            }
        }
        if (!calls.isEmpty()) {
            store.askAll(calls);
        }
    }
}
