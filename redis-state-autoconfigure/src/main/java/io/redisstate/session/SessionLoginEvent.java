package io.redisstate.session;

import org.springframework.context.ApplicationEvent;

/**
 * Published once when a user has logged in: when a session that is the user's has been written.
 *
 * @since 0.1
 */
public class SessionLoginEvent extends ApplicationEvent {

    private static final long serialVersionUID = 1L;

    private final transient UserActivity login;
    private final String user;

    public SessionLoginEvent(Object source, String user, UserActivity login) {
        super(source);
        this.user = user;
        this.login = login;
    }

    /** Who has logged in. */
    public String user() {
        return user;
    }

    /** When, where from and into which session. */
    public UserActivity login() {
        return login;
    }

    @Override
    public String toString() {
        return "SessionLoginEvent[" + user + ", " + login + ']';
    }
}
