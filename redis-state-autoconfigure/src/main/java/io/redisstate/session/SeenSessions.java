package io.redisstate.session;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What the request that the current thread serves has already been told about sessions, so that it asks Redis once: Spring
 * Session's filter looks a session up again when the answer has begun, Spring Security's registry once more.
 */
final class SeenSessions {

    private static final ThreadLocal<@Nullable Map<Key, Optional<StateSession>>> SEEN = new ThreadLocal<>();

    private SeenSessions() {}

    private record Key(StateSession.Owner owner, String id) {}

    /** Begins to remember, until the scope is closed by the same thread. */
    static SessionClient.Scope open() {
        Map<Key, Optional<StateSession>> before = SEEN.get();
        SEEN.set(new HashMap<>());
        return () -> {
            if (before == null) {
                SEEN.remove();
            } else {
                SEEN.set(before);
            }
        };
    }

    static @Nullable StateSession find(
            StateSession.Owner owner, String id, Supplier<? extends @Nullable StateSession> reader) {
        Map<Key, Optional<StateSession>> seen = SEEN.get();
        if (seen == null) {
            return reader.get();
        }
        Optional<StateSession> known = seen.get(new Key(owner, id));
        if (known != null) {
            return known.orElse(null);
        }
        StateSession found = reader.get();
        seen.put(new Key(owner, id), Optional.ofNullable(found));
        return found;
    }

    /** Takes a session that was written as seen, and as gone by the id it had before. */
    static void written(StateSession.Owner owner, StateSession session, String formerId) {
        Map<Key, Optional<StateSession>> seen = SEEN.get();
        if (seen != null) {
            seen.put(new Key(owner, formerId), Optional.empty());
            seen.put(new Key(owner, session.getId()), Optional.of(session));
        }
    }

    static void gone(StateSession.Owner owner, String id) {
        Map<Key, Optional<StateSession>> seen = SEEN.get();
        if (seen != null) {
            seen.put(new Key(owner, id), Optional.empty());
        }
    }
}
