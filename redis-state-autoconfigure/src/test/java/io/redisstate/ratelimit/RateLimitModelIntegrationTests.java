package io.redisstate.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;

import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Each algorithm's Lua against a model written apart from it, on random schedules. The scripts run on the real server with a
 * time of the test's choosing: the line that asks the server for its time is replaced by an argument.
 */
@RedisTest
class RateLimitModelIntegrationTests {

    private static final int SCHEDULES = 40;
    private static final int CALLS = 120;
    private static final long START = 1_800_000_000_000_000L;

    private final RedisServer redis = RedisServer.shared();

    @TestFactory
    Stream<DynamicTest> theScriptDecidesAsTheModelOnEverySchedule() {
        long seed = System.nanoTime();
        return Stream.of(
                        RateLimitAlgorithm.TOKEN_BUCKET,
                        RateLimitAlgorithm.FIXED_WINDOW,
                        RateLimitAlgorithm.SLIDING_WINDOW,
                        RateLimitAlgorithm.SLIDING_LOG,
                        RateLimitAlgorithm.CONCURRENCY)
                .map(algorithm ->
                        DynamicTest.dynamicTest(algorithm + ", seed " + seed, () -> compare(algorithm, seed, false)));
    }

    @TestFactory
    Stream<DynamicTest> theHotPathDecidesAsTheModelOnEverySchedule() {
        long seed = System.nanoTime();
        return Stream.of(RateLimitAlgorithm.TOKEN_BUCKET, RateLimitAlgorithm.FIXED_WINDOW)
                .map(algorithm ->
                        DynamicTest.dynamicTest(algorithm + ", seed " + seed, () -> compare(algorithm, seed, true)));
    }

    private void compare(RateLimitAlgorithm algorithm, long seed, boolean hot) throws Exception {
        String script = hot ? hotScriptWithGivenTime(algorithm) : scriptWithGivenTime(algorithm);
        for (int schedule = 0; schedule < SCHEDULES; schedule++) {
            Random random = new Random(seed + schedule);
            long limit = 1L + random.nextInt(8);
            // Long enough that the server's own clock, by which keys expire, does not end them during a schedule.
            long perMicros = 60_000_000L + random.nextInt(1_000_000);
            RateLimit rule = RateLimit.of("model", limit, Duration.ofNanos(perMicros * 1_000), algorithm)
                    .withBurst(1 + random.nextInt(8));
            String key = redis.uniquePrefix();
            Model model = new Model(algorithm, rule, perMicros);
            long now = START + random.nextInt(1_000_000);
            List<Long> granted = new ArrayList<>();
            for (int call = 0; call < CALLS; call++) {
                now += random.nextInt(3) == 0 ? 0 : random.nextLong(perMicros / 2);
                if (algorithm == RateLimitAlgorithm.FIXED_WINDOW) {
                    now = START;
                }
                long cost = 1 + random.nextLong(rule.most());
                boolean expected = model.take(now, cost);
                boolean actual = hot
                        ? takeHot(script, key, HotLimit.of(rule, ""), now, cost)
                        : take(script, key, rule, now, cost, call);
                assertThat(actual)
                        .as("%s, schedule %d, call %d: cost %d at %d", rule, schedule, call, cost, now - START)
                        .isEqualTo(expected);
                for (long i = 0; actual && i < cost; i++) {
                    granted.add(now);
                }
            }
            model.assertPromise(granted);
            redis.command("DEL", key, key + ":later");
        }
    }

    /** Of what is denied, also how long the script says to wait is right: to the microsecond. */
    private boolean take(String script, String key, RateLimit rule, long now, long cost, int call) {
        List<Long> reply = run(script, key, rule, 1, now, cost, "permit" + call);
        boolean allowed = reply.get(0) == 1;
        assertThat(reply.get(1)).as("remaining").isBetween(0L, rule.most());
        if (allowed) {
            assertThat(reply.get(2)).as("time to wait").isZero();
        } else if (rule.algorithm() != RateLimitAlgorithm.FIXED_WINDOW) {
            long retry = reply.get(2);
            assertThat(retry).as("time to wait").isPositive();
            assertThat(run(script, key, rule, 0, now + retry - 1, cost, "").get(0))
                    .as("%s: cost %d, a microsecond before %d after %d", rule, cost, retry, now - START)
                    .isZero();
            assertThat(run(script, key, rule, 0, now + retry, cost, "").get(0))
                    .as("%s: cost %d, %d after %d", rule, cost, retry, now - START)
                    .isEqualTo(1);
        }
        return allowed;
    }

    private List<Long> run(String script, String key, RateLimit rule, int mode, long now, long cost, String permit) {
        long[] numbers = rule.numbers();
        String looked = key;
        if (mode == 0) {
            // A look at the future may drop what has ended by then.
            looked = key + ":later";
            redis.command("COPY", key, looked, "REPLACE");
        }
        Object reply = redis.command(
                "EVAL",
                script,
                "1",
                looked,
                String.valueOf(mode),
                String.valueOf(cost),
                String.valueOf(numbers[0]),
                String.valueOf(numbers[1]),
                String.valueOf(numbers[2]),
                permit,
                String.valueOf(now));
        assertThat(reply).isInstanceOf(List.class);
        return ((List<?>) reply).stream().map(Long.class::cast).toList();
    }

    private boolean takeHot(String script, String key, HotLimit limit, long now, long cost) {
        List<String> arguments = new ArrayList<>(List.of("EVAL", script, "1", key));
        limit.call(key, cost)
                .arguments()
                .forEach(argument -> arguments.add(new String(argument, StandardCharsets.UTF_8)));
        arguments.add(String.valueOf(now));
        Object reply = redis.command(arguments.toArray(String[]::new));
        return limit.result(Long.parseLong(String.valueOf(reply)), cost).allowed();
    }

    private static String hotScriptWithGivenTime(RateLimitAlgorithm algorithm) throws Exception {
        return read(algorithm.script() + "-take.lua")
                .replace("local time = redis.call('TIME')", "local time = { 0, ARGV[4] }");
    }

    private static String scriptWithGivenTime(RateLimitAlgorithm algorithm) throws Exception {
        String script = read(algorithm.script() + ".lua")
                .replace("-- include " + algorithm.script() + "-check", read(algorithm.script() + "-check.lua"));
        String asked = "local time = redis.call('TIME')";
        assertThat(script).contains(asked);
        return script.replace(asked, "local time = { 0, ARGV[7] }");
    }

    private static String read(String file) throws Exception {
        try (var in = java.util.Objects.requireNonNull(RateLimit.class.getResourceAsStream(file))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** What the algorithms mean, with exact fractions as integers over a common denominator. */
    private static final class Model {

        private final RateLimitAlgorithm algorithm;
        private final RateLimit rule;
        private final long per;
        private final List<Long> calls = new ArrayList<>();
        private long tokensTimesPer;
        private long last = Long.MIN_VALUE;

        Model(RateLimitAlgorithm algorithm, RateLimit rule, long per) {
            this.algorithm = algorithm;
            this.rule = rule;
            this.per = per;
            this.tokensTimesPer = rule.burst() * per;
        }

        boolean take(long now, long cost) {
            boolean allowed =
                    switch (algorithm) {
                        case TOKEN_BUCKET -> takeToken(now, cost);
                        case FIXED_WINDOW -> calls.size() + cost <= rule.limit();
                        // Permits that nobody gives back are as good as calls.
                        case SLIDING_LOG, CONCURRENCY -> within(now - per, now) + cost <= rule.limit();
                        case SLIDING_WINDOW -> weighted(now) + cost * per <= rule.limit() * per;
                    };
            for (long i = 0; allowed && i < cost; i++) {
                calls.add(now);
            }
            return allowed;
        }

        private boolean takeToken(long now, long cost) {
            if (last != Long.MIN_VALUE) {
                tokensTimesPer = Math.min(rule.burst() * per, tokensTimesPer + (now - last) * rule.limit());
            }
            last = now;
            if (tokensTimesPer < cost * per) {
                return false;
            }
            tokensTimesPer -= cost * per;
            return true;
        }

        /** Calls after {@code from}, up to {@code to}. */
        private long within(long from, long to) {
            return calls.stream().filter(at -> at > from && at <= to).count();
        }

        private long weighted(long now) {
            long window = now / per;
            long current = calls.stream().filter(at -> at / per == window).count();
            long before = calls.stream().filter(at -> at / per == window - 1).count();
            return current * per + before * ((window + 1) * per - now);
        }

        void assertPromise(List<Long> granted) {
            for (int from = 0; from < granted.size(); from++) {
                long begin = granted.get(from);
                long end = begin + per;
                long inSpan =
                        granted.stream().filter(at -> at >= begin && at < end).count();
                long promised =
                        switch (algorithm) {
                            case TOKEN_BUCKET -> rule.burst() + rule.limit();
                            case SLIDING_LOG, FIXED_WINDOW, CONCURRENCY -> rule.limit();
                            case SLIDING_WINDOW -> 2 * rule.limit();
                        };
                assertThat(inSpan)
                        .as(() -> rule + " within one period of "
                                + granted.stream().map(String::valueOf).collect(Collectors.joining(",")))
                        .isLessThanOrEqualTo(promised);
            }
        }
    }
}
