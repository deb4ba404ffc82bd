package io.redisstate.job;

import org.jspecify.annotations.Nullable;

/**
 * What handles the jobs of one type. It may be called at the same time on several threads, and, since jobs run at least
 * once, again for a job it has handled before.
 *
 * @param <T> the payload
 * @since 0.1
 */
@FunctionalInterface
public interface JobFunction<T extends @Nullable Object> {

    /**
     * Handles a job.
     *
     * @return the result, kept for a while if it is not null; a {@link java.util.concurrent.CompletionStage} is waited for
     * @throws NonRetryableJobException if no other attempt can succeed
     * @throws RetryJobAfterException if it is known when one can
     * @throws Exception any other failure; there is another attempt after the backoff, while there are any left
     */
    @Nullable
    Object handle(T payload, JobContext context) throws Exception;
}
