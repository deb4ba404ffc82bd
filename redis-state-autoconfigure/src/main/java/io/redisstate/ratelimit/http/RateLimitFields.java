package io.redisstate.ratelimit.http;

import io.redisstate.ratelimit.RateLimit;
import io.redisstate.ratelimit.RateLimitAlgorithm;
import io.redisstate.ratelimit.RateLimitResult;
import java.time.Duration;
import java.util.Collection;
import java.util.stream.Collectors;

/**
 * The values of the {@code RateLimit-Policy} and {@code RateLimit} fields: Lists of Strings with Parameters
 * (RFC 9651, Structured Field Values), as in draft-ietf-httpapi-ratelimit-headers-11 of 23 May 2026, sections 3 and 4.
 *
 * <p>The partition key parameter ({@code pk}) is never sent: ours are made of users' names and addresses, which the draft
 * (section 6.1) advises against telling.
 */
final class RateLimitFields {

    static final String POLICY = "RateLimit-Policy";
    static final String LIMIT = "RateLimit";

    /** The largest Integer a structured field can carry: 15 digits (RFC 9651, section 3.3.1). */
    private static final long LARGEST_INTEGER = 999_999_999_999_999L;

    private RateLimitFields() {}

    /** For example {@code "burst";q=100;w=60, "open";q=8;qu="concurrent-requests"}. */
    static String policy(Collection<RateLimitResult> results) {
        return results.stream().map(RateLimitFields::policy).collect(Collectors.joining(", "));
    }

    /** For example {@code "burst";r=50;t=30}. */
    static String limit(Collection<RateLimitResult> results) {
        return results.stream().map(RateLimitFields::limit).collect(Collectors.joining(", "));
    }

    /** Whole seconds of a {@code Retry-After} field (RFC 9110, section 10.2.3), rounded up, at least 1. */
    static long retryAfter(Duration wait) {
        return integer(Math.max(1, ceilSeconds(wait)));
    }

    private static String policy(RateLimitResult result) {
        RateLimit rule = result.rule();
        String item = string(rule.name()) + ";q=" + integer(rule.limit());
        if (rule.algorithm() == RateLimitAlgorithm.CONCURRENCY) {
            return item + ";qu=\"concurrent-requests\"";
        }
        // A window with a fraction of a second can't be said, and rounding it would announce a wrong rate.
        boolean whole = rule.per().toNanosPart() == 0 && rule.per().toSeconds() > 0;
        return whole ? item + ";w=" + integer(rule.per().toSeconds()) : item;
    }

    private static String limit(RateLimitResult result) {
        String item = string(result.rule().name()) + ";r=" + integer(Math.max(0, result.remaining()));
        if (result.rule().algorithm() == RateLimitAlgorithm.CONCURRENCY) {
            return item;
        }
        return item + ";t=" + effectiveWindow(result);
    }

    /**
     * Seconds within which no more than the remaining quota can be used. Of a denial it is the {@code Retry-After} (which
     * should not be earlier than the end of this window: section 6 of the draft). A token bucket that is nearly full is
     * full again at once; telling that would invite the whole remainder within a second, so its remainder is spread over
     * the time it takes to refill (section 8.5).
     */
    private static long effectiveWindow(RateLimitResult result) {
        if (!result.allowed()) {
            return retryAfter(result.retryAfter());
        }
        long seconds = Math.max(1, ceilSeconds(result.resetAfter()));
        RateLimit rule = result.rule();
        if (rule.algorithm() == RateLimitAlgorithm.TOKEN_BUCKET) {
            double refill = (double) rule.per().toMillis() / 1000 * result.remaining() / rule.limit();
            seconds = Math.max(seconds, (long) Math.ceil(refill));
        }
        return integer(seconds);
    }

    private static long ceilSeconds(Duration duration) {
        return duration.toSeconds() + (duration.toNanosPart() > 0 ? 1 : 0);
    }

    private static long integer(long value) {
        return Math.min(value, LARGEST_INTEGER);
    }

    /** A String holds printable ASCII only (RFC 9651, section 3.3.3); anything else in a name becomes a question mark. */
    private static String string(String name) {
        StringBuilder quoted = new StringBuilder(name.length() + 2).append('"');
        name.codePoints().forEach(character -> {
            if (character == '"' || character == '\\') {
                quoted.append('\\');
            }
            quoted.append(character >= 0x20 && character < 0x7f ? (char) character : '?');
        });
        return quoted.append('"').toString();
    }
}
