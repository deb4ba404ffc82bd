package io.redisstate.stream.container;

/**
 * As whom a process consumes.
 *
 * @param consumer its name in the group
 * @param token what tells it from another process that once had, or will have, the name
 * @param generation how often it has joined; what was read before counts as its own only after a look
 */
record Membership(String consumer, String token, int generation) {}
