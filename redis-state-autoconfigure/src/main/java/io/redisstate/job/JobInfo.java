package io.redisstate.job;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A job as it stood at one moment.
 *
 * @param id its id
 * @param queue its queue
 * @param type its type
 * @param state where it stands
 * @param priority its priority
 * @param attempts how often it has been taken by a worker
 * @param maxAttempts how often it may be; 0 if that is what its handler says
 * @param group its tenant
 * @param uniqueKey its unique key
 * @param after the jobs it was to run after
 * @param createdAt when it was enqueued, by the server's clock
 * @param dueAt before when it does not run; of one that waits for another attempt, when that is
 * @param startedAt when its last attempt was taken
 * @param finishedAt when it completed, was cancelled or died
 * @param leaseUntil until when its worker has it, unless it renews its lease
 * @param errors what failed, at most the last ten, the latest last
 * @param progress what the handler said last about how far it is, as JSON
 * @param result what the handler returned, as JSON
 * @param payload the payload, as JSON
 * @param metadata what the request gave
 * @since 0.1
 */
public record JobInfo(
        String id,
        String queue,
        String type,
        JobState state,
        int priority,
        int attempts,
        int maxAttempts,
        @Nullable String group,
        @Nullable String uniqueKey,
        List<String> after,
        Instant createdAt,
        Instant dueAt,
        @Nullable Instant startedAt,
        @Nullable Instant finishedAt,
        @Nullable Instant leaseUntil,
        List<JobError> errors,
        @Nullable String progress,
        @Nullable String result,
        String payload,
        Map<String, String> metadata) {

    /** The latest of the {@link #errors()}. */
    public Optional<JobError> lastError() {
        return errors.isEmpty() ? Optional.empty() : Optional.of(errors.get(errors.size() - 1));
    }
}
