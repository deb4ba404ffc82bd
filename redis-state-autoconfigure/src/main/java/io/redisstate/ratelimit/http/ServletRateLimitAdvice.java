package io.redisstate.ratelimit.http;

import io.redisstate.ratelimit.RateLimitExceededException;
import io.redisstate.ratelimit.RateLimitResult;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.web.bind.annotation.ControllerAdvice;
import org.springframework.web.bind.annotation.ExceptionHandler;

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
public class ServletRateLimitAdvice {

    private final HttpRateLimits limits;

    public ServletRateLimitAdvice(HttpRateLimits limits) {
        this.limits = limits;
    }

    @ExceptionHandler
    void answer(RateLimitExceededException exceeded, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        List<RateLimitResult> results = List.of(exceeded.result());
        if (!exceeded.result().degraded()) {
            ServletRateLimitResponse.tell(request, response, results);
        }
        RateLimitReply reply = limits.replies().of(exceeded.result(), request.getRequestURI());
        if (!ServletRateLimitResponse.answer(response, reply)) {
            throw exceeded;
        }
    }
}
