package io.redisstate.core;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.util.backoff.BackOff;
import org.springframework.util.backoff.BackOffExecution;
import org.springframework.util.backoff.ExponentialBackOff;

/**
 * Calls Redis through a circuit breaker, and again after a failure where that is safe.
 *
 * <p>What Redis certainly did not run is sent again; what it may have run only if the call is
 * {@link ScriptCall#repeatable() repeatable}; what it refused never. The waits between grow exponentially with jitter; a
 * thread that is interrupted meanwhile gets the last failure at once, its interrupt flag set. Thread-safe.
 *
 * @since 0.1
 */
public final class ConnectionGuard implements CallExecutor {

    private final CallExecutor target;
    private final BackOff backOff;
    private final CallBreaker breaker;

    /**
     * A guard with the given waits.
     *
     * @param backOff the waits before each repetition and when to give up; see {@link #backOff}
     */
    public ConnectionGuard(CallExecutor target, BackOff backOff, CallBreaker breaker) {
        this.target = target;
        this.backOff = backOff;
        this.breaker = breaker;
    }

    /** A guard on connections with five repetitions after 20 to 500 ms, and without a circuit breaker. */
    public static ConnectionGuard of(RedisConnectionFactory connections) {
        return new ConnectionGuard(
                new CombiningCallExecutor(new ConnectionCallExecutor(connections)),
                backOff(5, Duration.ofMillis(20), Duration.ofMillis(500)),
                CallBreaker.NONE);
    }

    /**
     * Waits that double from {@code first} up to {@code max}, each with up to half of it as jitter.
     *
     * @param attempts how often a failed call is sent again; 0 never
     */
    public static BackOff backOff(int attempts, Duration first, Duration max) {
        ExponentialBackOff waits = new ExponentialBackOff(first.toMillis(), 2);
        waits.setMaxInterval(Math.max(first.toMillis(), max.toMillis()));
        waits.setMaxAttempts(attempts);
        waits.setJitter(first.toMillis() / 2);
        return waits;
    }

    /** The circuit breaker's state. */
    public CallBreaker.State state() {
        return breaker.state();
    }

    @Override
    public <T extends @Nullable Object> T execute(ScriptCall<T> call) {
        return guarded(call.repeatable(), () -> target.execute(call));
    }

    @Override
    public <T extends @Nullable Object> List<Outcome<T>> executeAll(List<ScriptCall<T>> calls) {
        boolean repeatable = areRepeatable(calls);
        List<Outcome<T>> outcomes =
                Objects.requireNonNull(guarded(repeatable, () -> notAllLost(target.executeAll(calls))));
        List<Integer> failed = new ArrayList<>(0);
        for (int i = 0; i < outcomes.size(); i++) {
            RuntimeException error = outcomes.get(i).error();
            if (error != null && mayRepeat(error, calls.get(i).repeatable())) {
                failed.add(i);
            }
        }
        if (!failed.isEmpty()) {
            List<Outcome<T>> again = again(failed.stream().map(calls::get).toList());
            outcomes = new ArrayList<>(outcomes);
            for (int i = 0; i < again.size(); i++) {
                outcomes.set(failed.get(i), again.get(i));
            }
        }
        return outcomes;
    }

    private static boolean areRepeatable(List<? extends ScriptCall<?>> calls) {
        for (ScriptCall<?> call : calls) {
            if (!call.repeatable()) {
                return false;
            }
        }
        return true;
    }

    /** The outcomes, but one exception if no call of the pipeline got a reply: some clients say so call by call. */
    private static <T extends @Nullable Object> List<Outcome<T>> notAllLost(List<Outcome<T>> outcomes) {
        RuntimeException worst = null;
        for (Outcome<T> outcome : outcomes) {
            RuntimeException error = outcome.error();
            FailureKind kind = error == null ? FailureKind.REFUSED : FailureKind.of(error);
            if (kind == FailureKind.REFUSED) {
                return outcomes;
            }
            if (worst == null || kind == FailureKind.OUTCOME_UNKNOWN) {
                worst = error;
            }
        }
        if (worst != null) {
            throw worst;
        }
        return outcomes;
    }

    @Override
    public CallExecutor once() {
        return new ConnectionGuard(target, () -> () -> BackOffExecution.STOP, breaker);
    }

    private <T extends @Nullable Object> List<Outcome<T>> again(List<ScriptCall<T>> calls) {
        try {
            return executeAll(calls);
        } catch (RuntimeException ex) {
            Outcome<T> failed = new Outcome<>(null, ex);
            return calls.stream().map(call -> failed).toList();
        }
    }

    private <T extends @Nullable Object> T guarded(boolean repeatable, Supplier<T> call) {
        BackOffExecution waits = null;
        while (true) {
            try {
                return breaker.call(call);
            } catch (RuntimeException ex) {
                if (ex instanceof RedisUnavailableException || !mayRepeat(ex, repeatable)) {
                    throw ex;
                }
                waits = waits == null ? backOff.start() : waits;
                pauseOrThrow(waits.nextBackOff(), ex);
            }
        }
    }

    private static boolean mayRepeat(RuntimeException failure, boolean repeatable) {
        return switch (FailureKind.of(failure)) {
            case NOT_EXECUTED -> true;
            case OUTCOME_UNKNOWN -> repeatable;
            case REFUSED -> false;
        };
    }

    private static void pauseOrThrow(long millis, RuntimeException failure) {
        if (millis == BackOffExecution.STOP) {
            throw failure;
        }
        try {
            Thread.sleep(millis);
        } catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            throw failure;
        }
    }
}
