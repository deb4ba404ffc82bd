package io.redisstate.job;

import java.time.Instant;

/**
 * Why an attempt failed.
 *
 * @param attempt its number, from 1; 0 if the job was never tried
 * @param at when it failed; by the clock of the worker, or of the server if the worker died
 * @param type the exception's class, or {@code lease-expired} if the worker died, or {@code parent-cancelled}
 * @param message its message; may be empty
 * @param stack its stack trace, at most 4,000 characters of it; empty if there was no exception
 * @since 0.1
 */
public record JobError(int attempt, Instant at, String type, String message, String stack) {}
