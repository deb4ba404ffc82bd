package io.redisstate.ratelimit;

import io.redisstate.core.KeySpace;
import io.redisstate.core.Reply;
import io.redisstate.core.Script;
import io.redisstate.core.ScriptCall;
import java.util.Arrays;
import java.util.List;

/**
 * A token bucket or a fixed window prepared for the commonest of all calls, taking permits of one subject: what does not
 * depend on the subject is computed once, and the script replies with one integer.
 *
 * @param suffix of the key that holds the state
 * @param unit credits of a permit of a token bucket; limit + 1 of a fixed window
 * @param perMicro credits that a token bucket gets back in a microsecond
 * @param full credits of a full token bucket; limit of a fixed window
 * @param arguments what the script gets after the cost
 */
record HotLimit(
        RateLimit rule, String suffix, boolean bucket, long unit, long perMicro, long full, List<byte[]> arguments) {

    private static final Script<Long> BUCKET = Script.load(HotLimit.class, "token-bucket-take", Reply.LONG);
    private static final Script<Long> WINDOW = Script.load(HotLimit.class, "fixed-window-take", Reply.LONG);

    /** Up to where Lua counts exactly. */
    private static final long EXACT = 1L << 53;

    static boolean supports(RateLimit rule) {
        return switch (rule.algorithm()) {
            case TOKEN_BUCKET -> true;
            case FIXED_WINDOW -> rule.limit() < EXACT / (rule.per().toMillis() + 1) - 1;
            default -> false;
        };
    }

    static HotLimit of(RateLimit rule, String suffix) {
        if (rule.algorithm() == RateLimitAlgorithm.FIXED_WINDOW) {
            long unit = rule.limit() + 1;
            return new HotLimit(rule, suffix, false, unit, 0, rule.limit(), bytes(rule.limit(), windowMillis(rule)));
        }
        long[] numbers = rule.numbers();
        return new HotLimit(rule, suffix, true, numbers[2], numbers[1], numbers[0], bytes(numbers[0], numbers[1]));
    }

    private static long windowMillis(RateLimit rule) {
        return (rule.micros() + 999) / 1_000;
    }

    private static List<byte[]> bytes(long... numbers) {
        return Arrays.stream(numbers)
                .mapToObj(number -> KeySpace.bytes(Long.toString(number)))
                .toList();
    }

    ScriptCall<Long> call(String key, long cost) {
        return (bucket ? BUCKET : WINDOW)
                .call(List.of(key), bucket ? cost * unit : cost, arguments.get(0), arguments.get(1));
    }

    RateLimitResult result(long reply, long cost) {
        boolean allowed = reply >= 0;
        long state = allowed ? reply : -1 - reply;
        return bucket ? bucketResult(allowed, state, cost) : windowResult(allowed, state);
    }

    private RateLimitResult bucketResult(boolean allowed, long used, long cost) {
        long missing = allowed ? 0 : used + cost * unit - full;
        return result(allowed, Math.max(0, full - used) / unit, ceilDiv(missing, perMicro), ceilDiv(used, perMicro));
    }

    private RateLimitResult windowResult(boolean allowed, long state) {
        long leftMicros = state / unit * 1_000;
        return result(allowed, Math.max(0, full - state % unit), allowed ? 0 : leftMicros, leftMicros);
    }

    private RateLimitResult result(boolean allowed, long remaining, long retryMicros, long resetMicros) {
        return new RateLimitResult(
                allowed,
                rule.most(),
                remaining,
                RateLimitResult.micros(retryMicros),
                RateLimitResult.micros(resetMicros),
                rule);
    }

    private static long ceilDiv(long dividend, long divisor) {
        return (dividend + divisor - 1) / divisor;
    }
}
