package io.redisstate.session;

import org.springframework.session.Session;
import org.springframework.session.events.SessionDeletedEvent;

/**
 * Published once when a session was ended from outside of it: revoked, or beyond the limit of its user.
 *
 * @since 0.1
 */
public class SessionRevokedEvent extends SessionDeletedEvent {

    private static final long serialVersionUID = 1L;

    public SessionRevokedEvent(Object source, Session session) {
        super(source, session);
    }
}
