package io.redisstate.lock;

/**
 * The ownership of a lock in Redis, as this process learnt of it.
 *
 * @param token the first of the fencing tokens reserved for it
 * @param deadline the {@link System#nanoTime()} at which it is over, never later than in Redis
 */
record Grant(long token, long deadline) {}
