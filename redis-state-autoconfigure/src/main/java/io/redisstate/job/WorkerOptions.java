package io.redisstate.job;

import java.time.Duration;

/**
 * How a worker works; {@link JobWorker.Builder} says what each means.
 *
 * @param ratePermits 0 for no limit
 */
record WorkerOptions(
        int concurrency,
        int batch,
        Duration lease,
        int attempts,
        Backoff backoff,
        Duration timeout,
        Duration keepResults,
        int maxFinished,
        int maxDead,
        int ratePermits,
        Duration ratePer,
        Duration drain,
        boolean virtualThreads) {

    JobProtocol.Limits limits(int mostAttempts) {
        return new JobProtocol.Limits(
                lease.toMillis(), mostAttempts, ratePermits, ratePer.toMillis(), maxFinished, maxDead);
    }
}
