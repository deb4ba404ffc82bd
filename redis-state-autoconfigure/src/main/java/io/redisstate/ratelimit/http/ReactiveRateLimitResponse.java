package io.redisstate.ratelimit.http;

import io.redisstate.ratelimit.RateLimitResult;
import java.util.Collection;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** Writes results and answers into a WebFlux response. */
final class ReactiveRateLimitResponse {

    private static final String RESULTS = ReactiveRateLimitResponse.class.getName() + ".results";

    private ReactiveRateLimitResponse() {}

    /** Adds to what the response says about limits; does nothing once it is committed. */
    static void tell(ServerWebExchange exchange, Collection<RateLimitResult> results) {
        ServerHttpResponse response = exchange.getResponse();
        if (results.isEmpty() || response.isCommitted()) {
            return;
        }
        ToldResults told = (ToldResults) exchange.getAttributes().computeIfAbsent(RESULTS, unused -> new ToldResults());
        RateLimitReplies.fields(told.add(results)).forEach(response.getHeaders()::set);
    }

    /** Answers in place of the handler, which must not have begun to. */
    static Mono<Void> answer(ServerWebExchange exchange, RateLimitReply reply) {
        ServerHttpResponse response = exchange.getResponse();
        response.setStatusCode(reply.status());
        response.getHeaders().putAll(reply.headers());
        return response.writeWith(
                Mono.fromSupplier(() -> response.bufferFactory().wrap(reply.body())));
    }
}
