package io.redisstate.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.mockito.Mockito.mock;

import io.redisstate.core.CallExecutor;
import io.redisstate.core.RedisUnavailableException;
import io.redisstate.core.ScriptCall;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.data.redis.connection.RedisConnectionFactory;

class RateLimitersTests {

    private final RateLimiters limiters = RateLimiters.builder(mock(RedisConnectionFactory.class))
            .calls(new NoRedis())
            .build();
    private final RateLimit open = RateLimit.of("open", 5, Duration.ofSeconds(1));
    private final RateLimit closed =
            RateLimit.of("closed", 5, Duration.ofSeconds(1)).withFailOpen(false);

    @Test
    void openLimitAllowsWhileRedisIsAway() {
        RateLimitResult result = limiters.limiter(open).tryAcquire("a");
        assertThat(result.allowed()).isTrue();
        assertThat(result.degraded()).isTrue();
    }

    @Test
    void closedLimitDeniesWhileRedisIsAway() {
        RateLimitResult result = limiters.limiter(closed).tryAcquire("a");
        assertThat(result.allowed()).isFalse();
        assertThat(result.degraded()).isTrue();
        assertThat(result.retryAfter()).isPositive();
        assertThat(new RateLimitExceededException(result)).hasMessageContaining("Redis is unavailable");
    }

    @Test
    void oneClosedLimitOfSeveralDeniesTheCall() {
        assertThat(limiters.tryAcquireAll(
                                List.of(new RateLimitRequest(open, "a", 1), new RateLimitRequest(closed, "a", 1)))
                        .allowed())
                .isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "'', 1, 1000, 1, name",
        "api, 0, 1000, 1, limit",
        "api, -1, 1000, 1, limit",
        "api, 1, 0, 1, per",
        "api, 1, -5, 1, per",
        "api, 1, 1000, 0, burst"
    })
    void badValueIsRefusedByName(String name, long limit, long millis, long burst, String attribute) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new RateLimit(
                        name, limit, Duration.ofMillis(millis), RateLimitAlgorithm.TOKEN_BUCKET, burst, true, true, 0))
                .withMessageContaining(attribute);
    }

    /** Redis is away. */
    private static final class NoRedis implements CallExecutor {

        @Override
        public <T extends @Nullable Object> T execute(ScriptCall<T> call) {
            throw new RedisUnavailableException("away", null);
        }

        @Override
        public <T extends @Nullable Object> List<Outcome<T>> executeAll(List<ScriptCall<T>> calls) {
            throw new RedisUnavailableException("away", null);
        }
    }
}
