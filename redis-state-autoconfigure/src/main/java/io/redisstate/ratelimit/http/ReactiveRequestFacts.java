package io.redisstate.ratelimit.http;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.server.PathContainer;
import org.springframework.http.server.reactive.ServerHttpRequest;

/**
 * A WebFlux request, as the rules see it.
 *
 * @param user the name of the authenticated user, null if there is none
 */
record ReactiveRequestFacts(ServerHttpRequest request, @Nullable String user) implements RequestFacts {

    @Override
    public String method() {
        return request.getMethod().name();
    }

    @Override
    public PathContainer path() {
        return request.getPath().pathWithinApplication();
    }

    @Override
    public List<String> headers(String name) {
        return request.getHeaders().getOrEmpty(name);
    }

    @Override
    public Optional<String> principal() {
        return Optional.ofNullable(user);
    }

    @Override
    public Optional<InetAddress> peer() {
        InetSocketAddress address = request.getRemoteAddress();
        if (address == null) {
            return Optional.empty();
        }
        // Unresolved is what the forwarded-header support of the server gives: a literal, or a name that stays one.
        return address.isUnresolved() ? IpAddresses.node(address.getHostString()) : Optional.of(address.getAddress());
    }
}
