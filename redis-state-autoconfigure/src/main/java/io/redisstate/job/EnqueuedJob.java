package io.redisstate.job;

/**
 * What became of a request.
 *
 * @param id the id of the job, or of the one with the same unique key that stands for it
 * @param created false if another job with the same unique key stands for it
 * @since 0.1
 */
public record EnqueuedJob(String id, boolean created) {}
