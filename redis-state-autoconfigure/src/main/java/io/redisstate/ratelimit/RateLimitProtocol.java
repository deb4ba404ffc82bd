package io.redisstate.ratelimit;

import io.redisstate.core.CallExecutor;
import io.redisstate.core.KeySpace;
import io.redisstate.core.Reply;
import io.redisstate.core.Script;
import io.redisstate.core.ScriptCall;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The limits' scripts as calls. */
final class RateLimitProtocol {

    /** What a check does to the count. */
    enum Mode {
        /** Nothing. */
        LOOK(0),
        /** Takes permits if they are allowed. */
        TAKE(1),
        /** Takes permits in any case. */
        FORCE(2);

        private final int code;

        Mode(int code) {
            this.code = code;
        }
    }

    private static final Map<RateLimitAlgorithm, Script<long[]>> SINGLE = new EnumMap<>(RateLimitAlgorithm.class);

    static {
        for (RateLimitAlgorithm algorithm : RateLimitAlgorithm.values()) {
            SINGLE.put(algorithm, Script.load(RateLimitProtocol.class, algorithm.script(), Reply.LONGS));
        }
    }

    private static final Script<long[]> MANY = Script.load(RateLimitProtocol.class, "many", Reply.LONGS);
    private static final Script<long[]> TAKE = Script.load(RateLimitProtocol.class, "take", Reply.LONGS);
    private static final Script<Long> PERMIT = Script.load(RateLimitProtocol.class, "release-permit", Reply.LONG);
    private static final Script<Long> GIVE_BACK = Script.load(RateLimitProtocol.class, "give-back", Reply.LONG);
    private static final Script<Long> RESET = Script.load(RateLimitProtocol.class, "reset", Reply.LONG);

    /** How long a call that gives permits back is reckoned to take at most; of what may have drained by then, none is. */
    private static final long SLOWEST_GIVE_BACK = 50_000_000;

    /** Limits are few; whoever makes them up by the call pays for it. */
    private static final int MAX_HOT_LIMITS = 1_000;

    private final CallExecutor calls;
    private final KeySpace keys;
    private final Map<RateLimit, HotLimit> hotLimits = new ConcurrentHashMap<>();

    RateLimitProtocol(CallExecutor calls, KeySpace keys) {
        this.calls = calls;
        this.keys = keys;
    }

    /** A change of the algorithm or the period begins to count anew: its state is of another kind. */
    private String stateKey(RateLimit rule, String subject) {
        return keys.key(subject, suffix(rule));
    }

    private static String suffix(RateLimit rule) {
        return rule.name() + ':' + rule.algorithm().code() + rule.per().toMillis();
    }

    RateLimitResult check(RateLimit rule, String key, long cost, Mode mode, String permit) {
        HotLimit hot = mode == Mode.TAKE ? hot(rule) : null;
        if (hot != null) {
            return hot.result(calls.execute(hot.call(keys.key(key, hot.suffix()), cost)), cost);
        }
        long[] numbers = rule.numbers();
        Script<long[]> script = Objects.requireNonNull(SINGLE.get(rule.algorithm()));
        ScriptCall<long[]> call =
                script.call(List.of(stateKey(rule, key)), mode.code, cost, numbers[0], numbers[1], numbers[2], permit);
        return RateLimitResult.of(rule, calls.execute(mode == Mode.LOOK ? call.asRepeatable() : call), 0);
    }

    private @Nullable HotLimit hot(RateLimit rule) {
        HotLimit known = hotLimits.get(rule);
        if (known != null || !HotLimit.supports(rule)) {
            return known;
        }
        if (hotLimits.size() >= MAX_HOT_LIMITS) {
            hotLimits.clear();
        }
        return hotLimits.computeIfAbsent(rule, limit -> HotLimit.of(limit, suffix(limit)));
    }

    /** Checks limits of one subject together, all or none. */
    List<RateLimitResult> checkAll(List<RateLimitRequest> requests, String permit) {
        List<String> states = new ArrayList<>();
        List<Object> arguments = new ArrayList<>(List.of(permit));
        for (RateLimitRequest request : requests) {
            RateLimit rule = request.limit();
            states.add(stateKey(rule, request.key()));
            long[] numbers = rule.numbers();
            arguments.addAll(List.of(rule.algorithm().script(), request.cost(), numbers[0], numbers[1], numbers[2]));
        }
        long[] reply = calls.execute(MANY.call(states, arguments.toArray()));
        List<RateLimitResult> results = new ArrayList<>();
        for (int i = 0; i < requests.size(); i++) {
            results.add(RateLimitResult.of(requests.get(i).limit(), reply, i * 4));
        }
        return results;
    }

    /** Permits for local use, and the ms until their window ends. */
    long[] take(RateLimit rule, String key, long permits) {
        return calls.execute(TAKE.call(
                List.of(stateKey(rule, key)), permits, rule.limit(), rule.per().toMillis()));
    }

    /**
     * Gives back what was just taken of a limit that does not hold permits, as far as it still counts.
     *
     * @param asked when the permits were asked for, a {@link System#nanoTime()}
     * @param given when the reply had come
     */
    void giveBack(RateLimitRequest request, RateLimitResult taken, long asked, long given) {
        RateLimit rule = request.limit();
        long[] numbers = rule.numbers();
        long now = System.nanoTime();
        calls.execute(GIVE_BACK.call(
                List.of(stateKey(rule, request.key())),
                rule.algorithm().script(),
                request.cost(),
                numbers[1],
                numbers[2],
                (now - asked + SLOWEST_GIVE_BACK) / 1_000,
                (now - given) / 1_000,
                taken.resetAfter().toNanos() / 1_000));
    }

    boolean release(RateLimit rule, String key, String permit, long permits) {
        return calls.execute(PERMIT.call(List.of(stateKey(rule, key)), permit, permits)
                        .asRepeatable())
                > 0;
    }

    boolean renew(RateLimit rule, String key, String permit, long permits) {
        return calls.execute(PERMIT.call(List.of(stateKey(rule, key)), permit, permits, rule.micros())
                        .asRepeatable())
                == permits;
    }

    void reset(RateLimit rule, String key) {
        calls.execute(RESET.call(List.of(stateKey(rule, key))).asRepeatable());
    }
}
