package io.redisstate.ratelimit.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.redisstate.ratelimit.RateLimit;
import io.redisstate.ratelimit.RateLimitAlgorithm;
import io.redisstate.ratelimit.RateLimitResult;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RateLimitFieldsTests {

    private static final RateLimit WINDOW =
            RateLimit.of("hourly", 100, Duration.ofMinutes(1)).withAlgorithm(RateLimitAlgorithm.FIXED_WINDOW);

    @Test
    void policyAndLimitReadAsInTheDraft() {
        List<RateLimitResult> results = List.of(allowed(WINDOW, 50, Duration.ofSeconds(30)));
        assertThat(RateLimitFields.policy(results)).isEqualTo("\"hourly\";q=100;w=60");
        assertThat(RateLimitFields.limit(results)).isEqualTo("\"hourly\";r=50;t=30");
    }

    @Test
    void severalLimitsAreOneList() {
        RateLimit daily = RateLimit.of("daily", 1000, Duration.ofDays(1)).withAlgorithm(RateLimitAlgorithm.SLIDING_LOG);
        List<RateLimitResult> results =
                List.of(allowed(WINDOW, 50, Duration.ofMillis(29_001)), allowed(daily, 7, Duration.ofHours(1)));
        assertThat(RateLimitFields.policy(results)).isEqualTo("\"hourly\";q=100;w=60, \"daily\";q=1000;w=86400");
        assertThat(RateLimitFields.limit(results)).isEqualTo("\"hourly\";r=50;t=30, \"daily\";r=7;t=3600");
    }

    @Test
    void concurrencyHasItsUnitAndNoWindow() {
        RateLimit open = RateLimit.of("open", 8, Duration.ofMinutes(5)).withAlgorithm(RateLimitAlgorithm.CONCURRENCY);
        List<RateLimitResult> results = List.of(allowed(open, 3, Duration.ZERO));
        assertThat(RateLimitFields.policy(results)).isEqualTo("\"open\";q=8;qu=\"concurrent-requests\"");
        assertThat(RateLimitFields.limit(results)).isEqualTo("\"open\";r=3");
    }

    @Test
    void windowThatIsNoWholeNumberOfSecondsIsLeftOut() {
        RateLimit fast = RateLimit.of("fast", 10, Duration.ofMillis(1500));
        assertThat(RateLimitFields.policy(List.of(allowed(fast, 1, Duration.ZERO))))
                .isEqualTo("\"fast\";q=10");
    }

    @Test
    void remainderOfTokenBucketIsSpreadOverItsRefill() {
        RateLimit bucket = RateLimit.of("b", 100, Duration.ofMinutes(1));
        assertThat(RateLimitFields.limit(List.of(allowed(bucket, 99, Duration.ofMillis(600)))))
                .isEqualTo("\"b\";r=99;t=60");
        assertThat(RateLimitFields.limit(List.of(allowed(bucket, 1, Duration.ofMillis(59_400)))))
                .isEqualTo("\"b\";r=1;t=60");
    }

    @Test
    void effectiveWindowOfDenialIsItsRetryAfter() {
        RateLimitResult denied =
                new RateLimitResult(false, 100, 0, Duration.ofMillis(600), Duration.ofMinutes(1), WINDOW);
        assertThat(RateLimitFields.limit(List.of(denied))).isEqualTo("\"hourly\";r=0;t=1");
    }

    @Test
    void nameIsAnAsciiStringWhateverIsInIt() {
        RateLimit odd = RateLimit.of("a\"b\\c\r\nü☃", 1, Duration.ofSeconds(1));
        assertThat(RateLimitFields.policy(List.of(allowed(odd, 1, Duration.ZERO))))
                .isEqualTo("\"a\\\"b\\\\c????\";q=1;w=1");
    }

    @Test
    void numbersStayWithinFifteenDigits() {
        RateLimit huge =
                RateLimit.of("huge", 9_007_199_254_740_991L, Duration.ofSeconds(1), RateLimitAlgorithm.FIXED_WINDOW);
        List<RateLimitResult> results = List.of(allowed(huge, Long.MAX_VALUE, Duration.ofSeconds(1)));
        assertThat(RateLimitFields.policy(results)).isEqualTo("\"huge\";q=999999999999999;w=1");
        assertThat(RateLimitFields.limit(results)).isEqualTo("\"huge\";r=999999999999999;t=1");
    }

    @ParameterizedTest
    @CsvSource({"0, 1", "1, 1", "1000, 1", "1001, 2", "59999, 60"})
    void retryAfterIsRoundedUpAndAtLeastOne(long millis, long seconds) {
        assertThat(RateLimitFields.retryAfter(Duration.ofMillis(millis))).isEqualTo(seconds);
    }

    private static RateLimitResult allowed(RateLimit rule, long remaining, Duration resetAfter) {
        return new RateLimitResult(true, rule.limit(), remaining, Duration.ZERO, resetAfter, rule);
    }
}
