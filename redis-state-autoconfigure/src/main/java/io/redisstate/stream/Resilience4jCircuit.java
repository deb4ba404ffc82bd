package io.redisstate.stream;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A handler's circuit by Resilience4j.
 *
 * @since 0.1
 */
public final class Resilience4jCircuit implements HandlerCircuit {

    private final CircuitBreaker breaker;

    public Resilience4jCircuit(CircuitBreaker breaker) {
        this.breaker = breaker;
    }

    /** Asking moves an open breaker on to half-open when its time has come. */
    @Override
    public boolean permits() {
        if (!breaker.tryAcquirePermission()) {
            return false;
        }
        breaker.releasePermission();
        return true;
    }

    @Override
    public void ended(long nanos, @Nullable Throwable failure) {
        if (failure == null) {
            breaker.onSuccess(nanos, TimeUnit.NANOSECONDS);
        } else {
            breaker.onError(nanos, TimeUnit.NANOSECONDS, failure);
        }
    }
}
