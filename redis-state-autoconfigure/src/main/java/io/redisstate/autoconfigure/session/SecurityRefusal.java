package io.redisstate.autoconfigure.session;

import org.springframework.security.web.authentication.session.SessionAuthenticationException;

/** A refused login as Spring Security knows it: its login page says so. */
final class SecurityRefusal {

    private SecurityRefusal() {}

    static RuntimeException of(String message) {
        return new SessionAuthenticationException(message);
    }
}
