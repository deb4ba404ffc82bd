package io.redisstate.session.web;

import io.redisstate.session.SessionClient;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * Stands before Spring Session's filter: tells sessions who the client is, and answers 503 when a session can't be read or
 * written.
 *
 * @since 0.1
 */
public final class SessionFilter implements Filter {

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        if (!(request instanceof HttpServletRequest http) || !(response instanceof HttpServletResponse answer)) {
            chain.doFilter(request, response);
            return;
        }
        try (SessionClient.Scope scope = clientOf(http).open()) {
            chain.doFilter(request, response);
        } catch (RuntimeException | ServletException ex) {
            if (answer.isCommitted() || !UnavailableAnswer.isDueTo(ex)) {
                throw ex;
            }
            answer(answer);
        }
    }

    private static SessionClient clientOf(HttpServletRequest request) {
        return new SessionClient(
                Objects.requireNonNullElse(request.getRemoteAddr(), ""),
                Objects.requireNonNullElse(request.getHeader("User-Agent"), ""));
    }

    private static void answer(HttpServletResponse response) throws IOException {
        response.reset();
        response.setStatus(UnavailableAnswer.STATUS);
        response.setHeader("Retry-After", UnavailableAnswer.RETRY_AFTER);
        response.setHeader("Cache-Control", "no-store");
        response.setContentType(UnavailableAnswer.CONTENT_TYPE);
        response.setCharacterEncoding(StandardCharsets.UTF_8.name());
        response.getOutputStream().write(UnavailableAnswer.BODY.getBytes(StandardCharsets.UTF_8));
    }
}
