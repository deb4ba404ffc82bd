package io.redisstate.session.web;

import io.redisstate.session.StateSessionRepository;
import java.security.Principal;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.security.core.AuthenticatedPrincipal;
import org.springframework.security.core.session.SessionInformation;
import org.springframework.security.core.session.SessionRegistry;
import org.springframework.security.core.userdetails.UserDetails;
import org.springframework.session.FindByIndexNameSessionRepository;
import org.springframework.session.PrincipalNameIndexResolver;
import org.springframework.session.Session;

/**
 * The sessions of all instances for Spring Security, which may limit them. One that Security ends is marked, so that its next
 * request is told; nothing is logged. Thread-safe.
 *
 * @since 0.1
 */
public final class UserSessionRegistry implements SessionRegistry {

    /** As Spring Session names it, so that instances with its own registry understand it. */
    private static final String ENDED =
            "org.springframework.session.security.SpringSessionBackedSessionInformation.EXPIRED";

    private final View<?> sessions;

    /** A registry of the sessions in a repository. */
    public UserSessionRegistry(StateSessionRepository sessions) {
        this.sessions = new View<>(sessions);
    }

    /** Not known: users are not listed. */
    @Override
    public List<Object> getAllPrincipals() {
        throw new UnsupportedOperationException("The users who have sessions are not listed");
    }

    /** Two round trips. */
    @Override
    public List<SessionInformation> getAllSessions(Object principal, boolean includeExpiredSessions) {
        List<SessionInformation> all = new ArrayList<>();
        for (SessionInformation session : sessions.of(nameOf(principal))) {
            if (includeExpiredSessions || !session.isExpired()) {
                all.add(session);
            }
        }
        return all;
    }

    @Override
    public @Nullable SessionInformation getSessionInformation(String sessionId) {
        return sessions.find(sessionId);
    }

    /** Nothing: requests note their time themselves. */
    @Override
    public void refreshLastRequest(String sessionId) {}

    /** Nothing: sessions note their users themselves. */
    @Override
    public void registerNewSession(String sessionId, Object principal) {}

    /** Nothing: sessions that end are gone. */
    @Override
    public void removeSessionInformation(String sessionId) {}

    /** As the authentication of the principal is named. */
    private static String nameOf(Object principal) {
        if (principal instanceof UserDetails user) {
            return user.getUsername();
        }
        if (principal instanceof AuthenticatedPrincipal authenticated) {
            return authenticated.getName();
        }
        return principal instanceof Principal named ? named.getName() : principal.toString();
    }

    /** The repository by the type of its sessions. */
    private record View<S extends Session>(FindByIndexNameSessionRepository<S> repository) {

        List<SessionInformation> of(String user) {
            Map<String, S> found = repository.findByPrincipalName(user);
            return new ArrayList<>(found.values().stream()
                    .map(session -> new Known<>(session, repository))
                    .toList());
        }

        @Nullable
        SessionInformation find(String id) {
            S session = repository.findById(id);
            return session == null ? null : new Known<>(session, repository);
        }
    }

    /** A session as Security sees it. */
    private static final class Known<S extends Session> extends SessionInformation {

        private static final long serialVersionUID = 1L;

        private final transient FindByIndexNameSessionRepository<S> repository;

        Known(S session, FindByIndexNameSessionRepository<S> repository) {
            super(userOf(session), session.getId(), Date.from(session.getLastAccessedTime()));
            this.repository = repository;
            if (Boolean.TRUE.equals(session.<Boolean>getAttribute(ENDED))) {
                super.expireNow();
            }
        }

        private static <S extends Session> String userOf(S session) {
            String user = new PrincipalNameIndexResolver<S>().resolveIndexValueFor(session);
            return user == null ? "" : user;
        }

        @Override
        public void expireNow() {
            super.expireNow();
            S session = repository.findById(getSessionId());
            if (session != null) {
                session.setAttribute(ENDED, true);
                repository.save(session);
            }
        }
    }
}
