package io.redisstate.core;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The one way to Redis for every hot call of every feature.
 *
 * <p>Implementations decorate one another: {@link ConnectionCallExecutor} talks to the server, {@link ConnectionGuard}
 * adds retries and the circuit breaker. Thread-safe.
 *
 * @since 0.1
 */
public interface CallExecutor {

    /**
     * Runs one call; one round trip, two after the server lost its scripts.
     *
     * @throws org.springframework.dao.DataAccessException if Redis can't be reached or answers with an error
     */
    <T extends @Nullable Object> T execute(ScriptCall<T> call);

    /**
     * Runs many independent calls in as few round trips as the client allows: one pipeline, on a cluster one for each
     * node. The outcomes are in the order of the calls; one failed call does not fail the others.
     */
    <T extends @Nullable Object> List<Outcome<T>> executeAll(List<ScriptCall<T>> calls);

    /** The same way to Redis without repetitions, for those who have something better to do than to wait. */
    default CallExecutor once() {
        return this;
    }

    /**
     * What became of one call of many.
     *
     * @param value the reply, if there was no error
     * @param error why there is none
     */
    record Outcome<T extends @Nullable Object>(@Nullable T value, @Nullable RuntimeException error) {

        /** The reply, or throws the error. */
        @SuppressWarnings("NullAway") // null only if the reply type allows it
        public T get() {
            if (error != null) {
                throw error;
            }
            return value;
        }
    }
}
