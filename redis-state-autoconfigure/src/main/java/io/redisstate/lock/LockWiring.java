package io.redisstate.lock;

/**
 * What the lines of one service share.
 *
 * @param maxLeases how many leases may follow one another in a process before another process gets its turn
 */
record LockWiring(LockProtocol protocol, RemoteRequests requests, LeaseRenewal renewal, int maxLeases) {}
