package io.redisstate.ratelimit.http;

import jakarta.servlet.http.HttpServletRequest;
import java.net.InetAddress;
import java.security.Principal;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.springframework.http.server.PathContainer;
import org.springframework.http.server.RequestPath;

/** A servlet request, as the rules see it. */
record ServletRequestFacts(HttpServletRequest request, PathContainer path) implements RequestFacts {

    static ServletRequestFacts of(HttpServletRequest request) {
        RequestPath path = RequestPath.parse(request.getRequestURI(), request.getContextPath());
        return new ServletRequestFacts(request, path.pathWithinApplication());
    }

    @Override
    public String method() {
        return request.getMethod();
    }

    @Override
    public List<String> headers(String name) {
        return Collections.list(request.getHeaders(name));
    }

    @Override
    public Optional<String> principal() {
        return Optional.ofNullable(request.getUserPrincipal()).map(Principal::getName);
    }

    @Override
    public Optional<InetAddress> peer() {
        return Optional.ofNullable(request.getRemoteAddr()).flatMap(IpAddresses::node);
    }
}
