package io.redisstate.lock.leader;

/**
 * The application event that this process leads.
 *
 * @param leadership the term that begins
 * @since 0.1
 */
public record LeadershipGranted(Leadership leadership) {}
