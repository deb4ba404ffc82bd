package io.redisstate.stream;

import org.jspecify.annotations.Nullable;

/**
 * A circuit breaker around a handler: while it is open, nothing is read, and no attempt is used up.
 *
 * @since 0.1
 */
public interface HandlerCircuit {

    /** Whether the handler may be called now. Asked often; must not block. */
    boolean permits();

    /**
     * A call has ended.
     *
     * @param nanos how long it took
     * @param failure what it threw, or null
     */
    void ended(long nanos, @Nullable Throwable failure);
}
