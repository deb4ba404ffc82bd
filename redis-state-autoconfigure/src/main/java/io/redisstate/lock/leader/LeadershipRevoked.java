package io.redisstate.lock.leader;

/**
 * The application event that this process does not lead any more.
 *
 * @param leadership the term that is over
 * @since 0.1
 */
public record LeadershipRevoked(Leadership leadership) {}
