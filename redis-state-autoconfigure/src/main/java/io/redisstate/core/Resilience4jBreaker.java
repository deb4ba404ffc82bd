package io.redisstate.core;

import io.github.resilience4j.circuitbreaker.CallNotPermittedException;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A {@link CallBreaker} on a Resilience4j circuit breaker, whose metrics and events stay usable as they are.
 *
 * <p>The circuit breaker must not count {@link FailureKind#REFUSED} answers as failures; one built with
 * {@link #recordsFailure(Throwable)} as its predicate does not.
 *
 * @since 0.1
 */
public final class Resilience4jBreaker implements CallBreaker {

    private final CircuitBreaker breaker;

    public Resilience4jBreaker(CircuitBreaker breaker) {
        this.breaker = breaker;
    }

    /** Whether the failure says that Redis is away. */
    public static boolean recordsFailure(Throwable failure) {
        return FailureKind.of(failure) != FailureKind.REFUSED;
    }

    @Override
    public <T extends @Nullable Object> T call(Supplier<T> call) {
        try {
            return breaker.executeSupplier(call);
        } catch (CallNotPermittedException ex) {
            throw new RedisUnavailableException(
                    "Redis was not called: circuit breaker '" + breaker.getName() + "' is " + breaker.getState(), ex);
        }
    }

    @Override
    public State state() {
        return switch (breaker.getState()) {
            case OPEN, FORCED_OPEN -> State.OPEN;
            case HALF_OPEN -> State.HALF_OPEN;
            case CLOSED, DISABLED, METRICS_ONLY -> State.CLOSED;
        };
    }
}
