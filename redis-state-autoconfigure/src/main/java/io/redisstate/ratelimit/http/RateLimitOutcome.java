package io.redisstate.ratelimit.http;

import io.redisstate.ratelimit.RateLimitResult;
import java.util.List;

/**
 * What the rules say about a request.
 *
 * @param kind whether it may go on
 * @param results of the limits that were asked
 * @param unchecked the limits that could not be asked
 */
record RateLimitOutcome(Kind kind, List<RateLimitResult> results, List<String> unchecked) {

    enum Kind {
        ALLOWED,
        EXCEEDED,
        UNAVAILABLE
    }

    RateLimitOutcome {
        results = List.copyOf(results);
        unchecked = List.copyOf(unchecked);
    }
}
