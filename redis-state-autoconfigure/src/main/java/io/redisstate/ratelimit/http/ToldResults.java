package io.redisstate.ratelimit.http;

import io.redisstate.ratelimit.RateLimitResult;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The results that one response tells of; where a limit was checked twice, the scarcer one. */
final class ToldResults {

    private final Map<String, RateLimitResult> byLimit = new LinkedHashMap<>();

    synchronized List<RateLimitResult> add(Collection<RateLimitResult> results) {
        for (RateLimitResult result : results) {
            byLimit.merge(result.rule().name(), result, ToldResults::scarcer);
        }
        return List.copyOf(byLimit.values());
    }

    private static RateLimitResult scarcer(RateLimitResult one, RateLimitResult other) {
        if (one.allowed() != other.allowed()) {
            return one.allowed() ? other : one;
        }
        return other.remaining() <= one.remaining() ? other : one;
    }
}
