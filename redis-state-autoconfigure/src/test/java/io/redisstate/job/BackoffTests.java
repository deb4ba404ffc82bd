package io.redisstate.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.LongSummaryStatistics;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class BackoffTests {

    private static LongSummaryStatistics millis(Backoff backoff, int attempt) {
        return LongStream.range(0, 10_000)
                .map(any -> backoff.after(attempt).toMillis())
                .summaryStatistics();
    }

    @Test
    void waitsGrowUpToTheLongest() {
        Backoff backoff = new Backoff(Duration.ofSeconds(1), 3, Duration.ofSeconds(20), 0);

        assertThat(LongStream.rangeClosed(1, 6)
                        .map(attempt -> backoff.after((int) attempt).toSeconds()))
                .containsExactly(1L, 3L, 9L, 20L, 20L, 20L);
        assertThat(backoff.after(Integer.MAX_VALUE)).isEqualTo(Duration.ofSeconds(20));
    }

    @Test
    void jitterSpreadsEvenlyToBothSidesAndNoFurther() {
        Backoff backoff = new Backoff(Duration.ofSeconds(1), 2, Duration.ofMinutes(5), 0.2);

        LongSummaryStatistics first = millis(backoff, 1);
        assertThat(first.getMin()).isBetween(800L, 810L);
        assertThat(first.getMax()).isBetween(1_190L, 1_200L);
        assertThat(first.getAverage()).isBetween(990.0, 1_010.0);
        LongSummaryStatistics late = millis(backoff, 30);
        assertThat(late.getMin()).isBetween(240_000L, 243_000L);
        assertThat(late.getMax()).isBetween(357_000L, 360_000L);
        LongSummaryStatistics full = millis(new Backoff(Duration.ofSeconds(1), 1, Duration.ofSeconds(1), 1), 1);
        assertThat(full.getMin()).isBetween(0L, 20L);
        assertThat(full.getMax()).isBetween(1_980L, 2_000L);
    }

    @Test
    void readsWhatItHasWritten() {
        Backoff backoff = new Backoff(Duration.ofMillis(250), 1.5, Duration.ofMinutes(2), 0.35);

        assertThat(Backoff.parse(backoff.toText())).isEqualTo(backoff);
    }
}
