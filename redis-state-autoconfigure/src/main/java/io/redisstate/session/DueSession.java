package io.redisstate.session;

import org.jspecify.annotations.Nullable;

/**
 * A session in the order of their ends. The user is part of it, so that an entry in the user's list is removed even when
 * the session itself is gone.
 */
record DueSession(String id, @Nullable String user) {

    String member() {
        return user == null ? id : id + '\n' + user;
    }

    static DueSession of(String member) {
        int end = member.indexOf('\n');
        return end < 0
                ? new DueSession(member, null)
                : new DueSession(member.substring(0, end), member.substring(end + 1));
    }
}
