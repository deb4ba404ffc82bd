package io.redisstate.ratelimit.http;

import io.redisstate.ratelimit.RateLimitExceededException;
import io.redisstate.ratelimit.RateLimitResult;
import java.util.List;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.web.bind.annotation.ControllerAdvice;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/**
 * Makes a {@link RateLimitExceededException} of an annotated controller's call the answer 429.
 *
 * <p>Its bean comes before an application's advice, so that a handler for all exceptions does not turn it into 500. To
 * answer differently, handle it in the controller or replace this bean.
 *
 * @since 0.1
 */
@ControllerAdvice
@Order(Ordered.HIGHEST_PRECEDENCE + 100)
public class ReactiveRateLimitAdvice {

    private final HttpRateLimits limits;

    public ReactiveRateLimitAdvice(HttpRateLimits limits) {
        this.limits = limits;
    }

    @ExceptionHandler
    Mono<Void> answer(RateLimitExceededException exceeded, ServerWebExchange exchange) {
        if (exchange.getResponse().isCommitted()) {
            return Mono.error(exceeded);
        }
        List<RateLimitResult> results = List.of(exceeded.result());
        if (!exceeded.result().degraded()) {
            ReactiveRateLimitResponse.tell(exchange, results);
        }
        RateLimitReply reply = limits.replies()
                .of(exceeded.result(), exchange.getRequest().getURI().getRawPath());
        return ReactiveRateLimitResponse.answer(exchange, reply);
    }
}
