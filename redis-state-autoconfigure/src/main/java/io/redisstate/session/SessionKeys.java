package io.redisstate.session;

import io.redisstate.core.KeySpace;

/** All keys of sessions. */
final class SessionKeys {

    private final KeySpace sessions;
    private final KeySpace users;
    private final KeySpace expiry;

    SessionKeys(String prefix) {
        sessions = KeySpace.of(prefix, "session");
        users = KeySpace.of(prefix, "session-user");
        expiry = KeySpace.of(prefix, "session-expiry");
    }

    /** A hash. */
    String session(String id) {
        return sessions.key(SessionIds.tagOf(id), id);
    }

    /** A sorted set of ids by the ms of their logins. */
    String sessionsOf(String user) {
        return users.key(user);
    }

    /** A list, latest first. */
    String activityOf(String user) {
        return users.key(user, "activity");
    }

    /** A sorted set of sessions by the ms of their end. */
    String due() {
        return expiry.key("due");
    }

    /** A string: the instance that looks after what is due. */
    String sweeper() {
        return expiry.key("due", "sweeper");
    }
}
