package io.redisstate.ratelimit.http;

import io.redisstate.ratelimit.RateLimitExceededException;
import io.redisstate.ratelimit.http.LimitCheck.Demand;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Applies the URL rules to servlet requests: over a limit the answer is 429, with Redis away and a closed limit 503,
 * else the request goes on and its answer carries the {@code RateLimit} fields.
 *
 * <p>A {@link RateLimitExceededException} that nothing else handled becomes 429 here too. A request counts once, also
 * when it is dispatched again (asynchronous, error, forward).
 *
 * @since 0.1
 */
public final class RateLimitFilter extends OncePerRequestFilter {

    private final HttpRateLimits limits;

    public RateLimitFilter(HttpRateLimits limits) {
        this.limits = limits;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        Map<String, List<Demand>> demands = limits.match(ServletRequestFacts.of(request));
        if (demands.isEmpty() || mayGoOn(limits.check(demands), request, response)) {
            goOn(request, response, chain);
        }
    }

    private boolean mayGoOn(RateLimitOutcome outcome, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        if (outcome.kind() != RateLimitOutcome.Kind.ALLOWED || limits.tellsAllowed()) {
            ServletRateLimitResponse.tell(request, response, outcome.results());
        }
        RateLimitReplies replies = limits.replies();
        switch (outcome.kind()) {
            case ALLOWED -> {
                return true;
            }
            case EXCEEDED ->
                ServletRateLimitResponse.answer(response, replies.exceeded(outcome.results(), request.getRequestURI()));
            case UNAVAILABLE ->
                ServletRateLimitResponse.answer(
                        response, replies.unavailable(outcome.unchecked(), request.getRequestURI()));
        }
        return false;
    }

    private void goOn(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        try {
            chain.doFilter(request, response);
        } catch (ServletException | RuntimeException ex) {
            RateLimitExceededException exceeded = exceeded(ex);
            if (exceeded == null) {
                throw ex;
            }
            ServletRateLimitResponse.tell(request, response, List.of(exceeded.result()));
            RateLimitReply reply = limits.replies().exceeded(List.of(exceeded.result()), request.getRequestURI());
            if (!ServletRateLimitResponse.answer(response, reply)) {
                throw ex;
            }
        }
    }

    /** The servlet wraps what a handler throws, once. */
    private static @Nullable RateLimitExceededException exceeded(Exception thrown) {
        if (thrown instanceof RateLimitExceededException exceeded) {
            return exceeded;
        }
        return thrown.getCause() instanceof RateLimitExceededException exceeded ? exceeded : null;
    }
}
