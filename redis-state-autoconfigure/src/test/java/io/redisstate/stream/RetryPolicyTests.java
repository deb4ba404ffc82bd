package io.redisstate.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class RetryPolicyTests {

    @Test
    void waitsGrowUpToTheLongestWithJitter() {
        RetryPolicy policy = RetryPolicy.DEFAULT.withDelays(Duration.ofSeconds(1), 2, Duration.ofSeconds(10));
        for (int i = 0; i < 100; i++) {
            assertThat(policy.delayAfter(1).toMillis()).isBetween(800L, 1_200L);
            assertThat(policy.delayAfter(3).toMillis()).isBetween(3_200L, 4_800L);
            assertThat(policy.delayAfter(1_000).toMillis()).isBetween(8_000L, 12_000L);
        }
    }

    @Test
    void causesAndSubclassesCountAndWhatIsFatalWins() {
        RetryPolicy policy = RetryPolicy.DEFAULT.withFailures(
                List.of(IOException.class), List.of(java.io.FileNotFoundException.class));
        assertThat(policy.isRetryable(new UncheckedIOException(new IOException())))
                .isTrue();
        assertThat(policy.isRetryable(new UncheckedIOException(new java.io.FileNotFoundException())))
                .isFalse();
        assertThat(policy.isRetryable(new IllegalStateException())).isFalse();
        assertThat(RetryPolicy.DEFAULT.isRetryable(new IllegalStateException())).isTrue();
    }

    @Test
    void nonsenseIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RetryPolicy.DEFAULT.withMaxAttempts(0))
                .withMessageContaining("attempts");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RetryPolicy.DEFAULT.withDelays(Duration.ofSeconds(2), 2, Duration.ofSeconds(1)))
                .withMessageContaining("longest delay");
    }
}
