package io.redisstate.ratelimit.http;

import io.redisstate.core.JsonCodec;
import io.redisstate.ratelimit.RateLimit;
import io.redisstate.ratelimit.RateLimitAlgorithm;
import io.redisstate.ratelimit.RateLimitResult;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.springframework.http.HttpStatus;

/**
 * The answers to a request that a limit stopped: status, fields and a problem body (RFC 9457), with the problem types
 * of draft-ietf-httpapi-ratelimit-headers-11, section 5.
 *
 * @param json writes the body
 * @param unavailableRetryAfter what {@code Retry-After} says while Redis can't be asked
 */
record RateLimitReplies(JsonCodec json, Duration unavailableRetryAfter) {

    private static final String TYPES = "https://iana.org/assignments/http-problem-types#";

    /** What an exception becomes: 429, or 503 if the limit could not be checked. */
    RateLimitReply of(RateLimitResult result, String path) {
        return result.degraded() ? unavailable(List.of(result.rule().name()), path) : exceeded(List.of(result), path);
    }

    /** 429 Too Many Requests: wait as long as the denial that takes longest. */
    RateLimitReply exceeded(Collection<RateLimitResult> results, String path) {
        List<RateLimitResult> denied =
                results.stream().filter(result -> !result.allowed()).toList();
        long retryAfter = denied.stream()
                .mapToLong(result -> RateLimitFields.retryAfter(result.retryAfter()))
                .max()
                .orElse(1);
        Map<String, Object> problem = new LinkedHashMap<>();
        problem.put("type", TYPES + "quota-exceeded");
        problem.put("title", "Request cannot be satisfied as assigned quota has been exceeded");
        problem.put("status", HttpStatus.TOO_MANY_REQUESTS.value());
        problem.put("detail", detail(denied, retryAfter));
        problem.put("instance", path);
        problem.put(
                "violated-policies",
                denied.stream().map(result -> result.rule().name()).toList());
        problem.put("retry-after", retryAfter);
        return new RateLimitReply(HttpStatus.TOO_MANY_REQUESTS, retryAfter, json.encode(problem));
    }

    /** 503 Service Unavailable: the client did nothing wrong, so not 429. */
    RateLimitReply unavailable(Collection<String> limits, String path) {
        long retryAfter = RateLimitFields.retryAfter(unavailableRetryAfter);
        Map<String, Object> problem = new LinkedHashMap<>();
        problem.put("type", TYPES + "temporary-reduced-capacity");
        problem.put("title", "Request cannot be satisfied due to temporary server capacity constraints");
        problem.put("status", HttpStatus.SERVICE_UNAVAILABLE.value());
        problem.put("detail", "The rate limit can't be checked at the moment; try again in " + seconds(retryAfter));
        problem.put("instance", path);
        problem.put("violated-policies", List.copyOf(limits));
        problem.put("retry-after", retryAfter);
        return new RateLimitReply(HttpStatus.SERVICE_UNAVAILABLE, retryAfter, json.encode(problem));
    }

    /** Field names and values for all results, {@code Retry-After} not among them. */
    static Map<String, String> fields(Collection<RateLimitResult> results) {
        return Map.of(
                RateLimitFields.POLICY, RateLimitFields.policy(results),
                RateLimitFields.LIMIT, RateLimitFields.limit(results));
    }

    private static String detail(List<RateLimitResult> denied, long retryAfter) {
        if (denied.isEmpty()) {
            return "Try again in " + seconds(retryAfter);
        }
        RateLimit rule = denied.get(0).rule();
        String quota = rule.algorithm() == RateLimitAlgorithm.CONCURRENCY
                ? rule.limit() + " at a time"
                : rule.limit() + " in " + words(rule.per());
        return "The limit '" + rule.name() + "' of " + quota + " is used up; try again in " + seconds(retryAfter);
    }

    private static String seconds(long seconds) {
        return seconds == 1 ? "1 second" : seconds + " seconds";
    }

    private static String words(Duration duration) {
        return duration.toMillis() % 1000 == 0 ? seconds(duration.toSeconds()) : duration.toMillis() + " ms";
    }
}
