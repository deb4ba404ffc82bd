package io.redisstate.session.web;

import io.redisstate.session.SessionClient;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Optional;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;

/**
 * For WebFlux: tells sessions who the client is, and answers 503 when a session can't be read or written.
 *
 * @since 0.1
 */
public final class SessionWebFilter implements WebFilter {

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
        SessionClient client = clientOf(exchange.getRequest());
        // What the session manager does when the answer is committed runs in the context of the outermost filter too.
        return chain.filter(exchange)
                .onErrorResume(
                        ex -> UnavailableAnswer.isDueTo(ex)
                                && !exchange.getResponse().isCommitted(),
                        ex -> answer(exchange.getResponse()))
                .contextWrite(context -> context.put(SessionClient.class, client));
    }

    private static SessionClient clientOf(ServerHttpRequest request) {
        String address = Optional.ofNullable(request.getRemoteAddress())
                .map(InetSocketAddress::getAddress)
                .map(InetAddress::getHostAddress)
                .orElse("");
        return new SessionClient(
                address, Objects.requireNonNullElse(request.getHeaders().getFirst(HttpHeaders.USER_AGENT), ""));
    }

    private static Mono<Void> answer(ServerHttpResponse response) {
        response.setStatusCode(HttpStatus.SERVICE_UNAVAILABLE);
        HttpHeaders headers = response.getHeaders();
        headers.set(HttpHeaders.RETRY_AFTER, UnavailableAnswer.RETRY_AFTER);
        headers.set(HttpHeaders.CACHE_CONTROL, "no-store");
        headers.set(HttpHeaders.CONTENT_TYPE, UnavailableAnswer.CONTENT_TYPE);
        byte[] body = UnavailableAnswer.BODY.getBytes(StandardCharsets.UTF_8);
        headers.setContentLength(body.length);
        return response.writeWith(
                Mono.fromSupplier(() -> response.bufferFactory().wrap(body)));
    }
}
