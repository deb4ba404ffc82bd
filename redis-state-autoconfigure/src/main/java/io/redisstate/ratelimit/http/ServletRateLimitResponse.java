package io.redisstate.ratelimit.http;

import io.redisstate.ratelimit.RateLimitResult;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Collection;

/** Writes results and answers into a servlet's response. */
final class ServletRateLimitResponse {

    private static final String RESULTS = ServletRateLimitResponse.class.getName() + ".results";

    private ServletRateLimitResponse() {}

    /** Adds to what the response says about limits; does nothing once it is committed. */
    static void tell(HttpServletRequest request, HttpServletResponse response, Collection<RateLimitResult> results) {
        if (results.isEmpty() || response.isCommitted()) {
            return;
        }
        ToldResults told = request.getAttribute(RESULTS) instanceof ToldResults known ? known : new ToldResults();
        request.setAttribute(RESULTS, told);
        RateLimitReplies.fields(told.add(results)).forEach(response::setHeader);
    }

    /** Answers in place of the handler; false if it has begun to answer already. */
    static boolean answer(HttpServletResponse response, RateLimitReply reply) throws IOException {
        if (response.isCommitted()) {
            return false;
        }
        // Only the body: fields that earlier filters set, such as those of CORS, stay.
        response.resetBuffer();
        response.setStatus(reply.status().value());
        reply.headers().forEach((name, values) -> response.setHeader(name, String.join(", ", values)));
        response.getOutputStream().write(reply.body());
        response.flushBuffer();
        return true;
    }
}
