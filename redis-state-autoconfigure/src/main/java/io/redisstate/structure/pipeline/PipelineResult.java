package io.redisstate.structure.pipeline;

import io.redisstate.core.CallExecutor.Outcome;
import org.jspecify.annotations.Nullable;

/**
 * What a command of a pipeline will have given, once the pipeline was sent.
 *
 * @param <T> the reply
 * @since 0.1
 */
public final class PipelineResult<T extends @Nullable Object> {

    private volatile @Nullable Outcome<T> outcome;

    PipelineResult() {}

    /** Whether the command was sent and answered. */
    public boolean isDone() {
        return outcome != null;
    }

    /** Whether the command was sent and failed. */
    public boolean hasFailed() {
        Outcome<T> known = outcome;
        return known != null && known.error() != null;
    }

    /**
     * The reply.
     *
     * @throws IllegalStateException if the pipeline was not sent yet
     * @throws org.springframework.dao.DataAccessException if this command failed
     */
    public T get() {
        Outcome<T> known = outcome;
        if (known == null) {
            throw new IllegalStateException("The pipeline was not sent yet; call send() or close() on it first");
        }
        return known.get();
    }

    void complete(Outcome<T> known) {
        outcome = known;
    }
}
