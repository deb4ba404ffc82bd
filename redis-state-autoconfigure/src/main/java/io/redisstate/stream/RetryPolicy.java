package io.redisstate.stream;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Whether and when a message whose handler failed is tried again.
 *
 * @param maxAttempts how often a message is delivered at most, from 1
 * @param delay the wait after the first failure
 * @param multiplier by how much each wait is longer than the one before, from 1
 * @param maxDelay the longest wait
 * @param jitter by which share a wait is shorter or longer at random, 0 to 1
 * @param retryFor what is worth another try, subclasses and causes included; empty for everything
 * @param noRetryFor what is not, which wins
 * @since 0.1
 */
public record RetryPolicy(
        int maxAttempts,
        Duration delay,
        double multiplier,
        Duration maxDelay,
        double jitter,
        List<Class<? extends Throwable>> retryFor,
        List<Class<? extends Throwable>> noRetryFor) {

    /** 5 attempts; 1 s, doubling up to 5 minutes, with 20 % jitter; for everything. */
    public static final RetryPolicy DEFAULT =
            new RetryPolicy(5, Duration.ofSeconds(1), 2, Duration.ofMinutes(5), 0.2, List.of(), List.of());

    public RetryPolicy {
        require(maxAttempts >= 1, "number of attempts", maxAttempts, "at least 1");
        require(!delay.isNegative(), "delay", delay, "positive or zero");
        require(multiplier >= 1, "multiplier", multiplier, "at least 1");
        require(maxDelay.compareTo(delay) >= 0, "longest delay", maxDelay, "at least the delay, " + delay);
        require(jitter >= 0 && jitter <= 1, "jitter", jitter, "from 0 to 1");
        retryFor = List.copyOf(retryFor);
        noRetryFor = List.copyOf(noRetryFor);
    }

    private static void require(boolean allowed, String what, Object given, String reason) {
        if (!allowed) {
            throw new IllegalArgumentException("The " + what + " is " + given + "; it must be " + reason);
        }
    }

    /** This, with another number of attempts. */
    public RetryPolicy withMaxAttempts(int attempts) {
        return new RetryPolicy(attempts, delay, multiplier, maxDelay, jitter, retryFor, noRetryFor);
    }

    /** This, with other waits. */
    public RetryPolicy withDelays(Duration first, double factor, Duration longest) {
        return new RetryPolicy(maxAttempts, first, factor, longest, jitter, retryFor, noRetryFor);
    }

    /** This, for other failures. */
    public RetryPolicy withFailures(
            List<Class<? extends Throwable>> worthARetry, List<Class<? extends Throwable>> fatal) {
        return new RetryPolicy(maxAttempts, delay, multiplier, maxDelay, jitter, worthARetry, fatal);
    }

    /** Whether a failure is worth another try. */
    public boolean isRetryable(Throwable failure) {
        return !isOneOf(noRetryFor, failure) && (retryFor.isEmpty() || isOneOf(retryFor, failure));
    }

    private static boolean isOneOf(List<Class<? extends Throwable>> types, Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            Throwable candidate = cause;
            if (types.stream().anyMatch(type -> type.isInstance(candidate))) {
                return true;
            }
        }
        return false;
    }

    /** The wait after the given number of deliveries, with jitter. */
    public Duration delayAfter(long deliveries) {
        double grown = delay.toMillis() * Math.pow(multiplier, (double) deliveries - 1);
        double millis = Math.min(grown, (double) maxDelay.toMillis());
        double share = 1 + jitter * (2 * ThreadLocalRandom.current().nextDouble() - 1);
        return Duration.ofMillis(Math.round(millis * share));
    }
}
