package io.redisstate.ratelimit.http;

import io.redisstate.ratelimit.RateLimitExceededException;
import io.redisstate.ratelimit.http.LimitCheck.Demand;
import java.security.Principal;
import java.util.List;
import java.util.Map;
import org.springframework.core.Ordered;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * Applies the URL rules to WebFlux requests: over a limit the answer is 429, with Redis away and a closed limit 503, else
 * the request goes on and its answer carries the {@code RateLimit} fields.
 *
 * <p>A {@link RateLimitExceededException} that nothing else handled becomes 429 here too. Rules are matched on the event
 * loop; only a request that a rule matches is handed to the scheduler for the call of Redis, which blocks.
 *
 * @since 0.1
 */
public final class RateLimitWebFilter implements WebFilter, Ordered {

    private final HttpRateLimits limits;
    private final Scheduler blocking;
    private final int order;

    /**
     * A filter.
     *
     * @param blocking where a check may block, such as {@link reactor.core.scheduler.Schedulers#boundedElastic()}
     * @param order among the web filters
     */
    public RateLimitWebFilter(HttpRateLimits limits, Scheduler blocking, int order) {
        this.limits = limits;
        this.blocking = blocking;
        this.order = order;
    }

    @Override
    public int getOrder() {
        return order;
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
        Mono<Void> rest = Mono.defer(() -> chain.filter(exchange))
                .onErrorResume(RateLimitExceededException.class, exceeded -> exceeded(exchange, exceeded));
        if (!limits.usesPrincipal()) {
            return filter(exchange, rest, limits.match(new ReactiveRequestFacts(exchange.getRequest(), null)));
        }
        return exchange.getPrincipal()
                .map(Principal::getName)
                .defaultIfEmpty("")
                .flatMap(user ->
                        filter(exchange, rest, limits.match(new ReactiveRequestFacts(exchange.getRequest(), user))));
    }

    private Mono<Void> exceeded(ServerWebExchange exchange, RateLimitExceededException exceeded) {
        if (exchange.getResponse().isCommitted()) {
            return Mono.error(exceeded);
        }
        ReactiveRateLimitResponse.tell(exchange, List.of(exceeded.result()));
        return ReactiveRateLimitResponse.answer(
                exchange, limits.replies().exceeded(List.of(exceeded.result()), path(exchange)));
    }

    private Mono<Void> filter(ServerWebExchange exchange, Mono<Void> rest, Map<String, List<Demand>> demands) {
        if (demands.isEmpty()) {
            return rest;
        }
        return Mono.fromCallable(() -> limits.check(demands))
                .subscribeOn(blocking)
                .flatMap(outcome -> apply(outcome, exchange, rest));
    }

    private Mono<Void> apply(RateLimitOutcome outcome, ServerWebExchange exchange, Mono<Void> rest) {
        if (outcome.kind() != RateLimitOutcome.Kind.ALLOWED || limits.tellsAllowed()) {
            ReactiveRateLimitResponse.tell(exchange, outcome.results());
        }
        RateLimitReplies replies = limits.replies();
        return switch (outcome.kind()) {
            case ALLOWED -> rest;
            case EXCEEDED ->
                ReactiveRateLimitResponse.answer(exchange, replies.exceeded(outcome.results(), path(exchange)));
            case UNAVAILABLE ->
                ReactiveRateLimitResponse.answer(exchange, replies.unavailable(outcome.unchecked(), path(exchange)));
        };
    }

    private static String path(ServerWebExchange exchange) {
        return exchange.getRequest().getURI().getRawPath();
    }
}
