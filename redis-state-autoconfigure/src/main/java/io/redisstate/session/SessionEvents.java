package io.redisstate.session;

import java.util.function.Consumer;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.springframework.context.ApplicationEvent;
import org.springframework.session.Session;
import org.springframework.session.events.SessionCreatedEvent;
import org.springframework.session.events.SessionDeletedEvent;
import org.springframework.session.events.SessionExpiredEvent;

/** Tells the application what became of sessions. A listener that fails changes nothing about that. */
final class SessionEvents {

    private static final Log LOG = LogFactory.getLog(SessionEvents.class);

    private final Object source;
    private final Consumer<ApplicationEvent> publisher;

    SessionEvents(Object source, Consumer<ApplicationEvent> publisher) {
        this.source = source;
        this.publisher = publisher;
    }

    void created(Session session) {
        publish(new SessionCreatedEvent(source, session));
    }

    void loggedIn(String user, UserActivity login) {
        publish(new SessionLoginEvent(source, user, login));
    }

    void deleted(Session session) {
        publish(new SessionDeletedEvent(source, session));
    }

    void revoked(Session session) {
        publish(new SessionRevokedEvent(source, session));
    }

    void expired(Session session) {
        publish(new SessionExpiredEvent(source, session));
    }

    private void publish(ApplicationEvent event) {
        try {
            publisher.accept(event);
        } catch (RuntimeException ex) {
            LOG.error("A listener failed for " + event.getClass().getSimpleName(), ex);
        }
    }
}
