package io.redisstate.lock.leader;

/**
 * One term of a leader.
 *
 * @param election the name of the election
 * @param fencingToken greater than that of every earlier term
 * @since 0.1
 */
public record Leadership(String election, long fencingToken) {}
