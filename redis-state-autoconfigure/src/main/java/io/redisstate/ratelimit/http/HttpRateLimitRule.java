package io.redisstate.ratelimit.http;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Which requests count against which limit, and by whom.
 *
 * @param path a {@link org.springframework.web.util.pattern.PathPattern}, matched against the path without the context
 *     path, such as {@code /api/**} or {@code /orders/{id}}
 * @param methods HTTP methods; empty means all of them, which includes a browser's {@code OPTIONS} preflight requests
 * @param key what is counted by; one or more of {@code header:<name>}, {@code principal}, {@code remote-address} and
 *     {@code all} (everyone together). Several give one count for each combination
 * @param limit the name of the limit
 * @param cost permits a request takes, at least 1
 * @param missingKey what happens to a request without the header or principal
 * @since 0.1
 */
public record HttpRateLimitRule(
        String path, Set<String> methods, List<String> key, String limit, long cost, MissingKey missingKey) {

    /**
     * What happens to a request that lacks the header or principal it should be counted by.
     *
     * @since 0.1
     */
    public enum MissingKey {
        /** It is counted by its remote address. */
        REMOTE_ADDRESS,
        /** It is counted together with all others that lack it. */
        SHARED,
        /** The rule does not apply to it. */
        SKIP
    }

    public HttpRateLimitRule {
        methods = methods.stream()
                .map(method -> method.trim().toUpperCase(Locale.ROOT))
                .collect(Collectors.toUnmodifiableSet());
        key = List.copyOf(key);
    }

    /** A rule for all methods at a cost of 1; a request without the key is counted by its remote address. */
    public static HttpRateLimitRule of(String path, String key, String limit) {
        return new HttpRateLimitRule(path, Set.of(), List.of(key), limit, 1, MissingKey.REMOTE_ADDRESS);
    }
}
