package io.redisstate.job;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * How long to wait before a failed job is tried again: {@code first} after the first attempt, {@code multiplier} times as
 * long after each further one, never longer than {@code max}, and up to {@code jitter} of it shorter or longer, at random.
 *
 * @param first not negative
 * @param multiplier from 1
 * @param max not below the first
 * @param jitter a share, 0 to 1
 * @since 0.1
 */
public record Backoff(Duration first, double multiplier, Duration max, double jitter) {

    /** 1 s, doubling up to 5 min, with 20% jitter. */
    public static final Backoff DEFAULT = new Backoff(Duration.ofSeconds(1), 2, Duration.ofMinutes(5), 0.2);

    public Backoff {
        if (first.isNegative() || max.compareTo(first) < 0 || max.compareTo(Duration.ofDays(3650)) > 0) {
            throw new IllegalArgumentException("The backoff goes from " + first + " to " + max
                    + "; the first wait must not be negative, the longest not shorter than it and at most ten years");
        }
        if (!(multiplier >= 1) || multiplier > 1000) {
            throw new IllegalArgumentException("The backoff's multiplier is " + multiplier + "; allowed are 1 to 1000");
        }
        if (!(jitter >= 0 && jitter <= 1)) {
            throw new IllegalArgumentException(
                    "The backoff's jitter is " + jitter + "; it must be a share from 0 to 1");
        }
    }

    /** The same wait each time, without jitter. */
    public static Backoff fixed(Duration wait) {
        return new Backoff(wait, 1, wait, 0);
    }

    /** Waits that double, from the first to the longest, with 20% jitter. */
    public static Backoff exponential(Duration first, Duration max) {
        return new Backoff(first, 2, max, 0.2);
    }

    /**
     * The wait after an attempt.
     *
     * @param attempt its number, from 1
     */
    Duration after(int attempt) {
        double wait = Math.min(
                (double) first.toMillis() * Math.pow(multiplier, Math.max(0, attempt - 1)), (double) max.toMillis());
        double spread = jitter == 0 ? 0 : ThreadLocalRandom.current().nextDouble(-jitter, Math.nextUp(jitter));
        return Duration.ofMillis(Math.round(wait * (1 + spread)));
    }

    String toText() {
        return first.toMillis() + "," + multiplier + ',' + max.toMillis() + ',' + jitter;
    }

    static Backoff parse(String text) {
        String[] parts = text.split(",", -1);
        return new Backoff(
                Duration.ofMillis(Long.parseLong(parts[0])),
                Double.parseDouble(parts[1]),
                Duration.ofMillis(Long.parseLong(parts[2])),
                Double.parseDouble(parts[3]));
    }
}
