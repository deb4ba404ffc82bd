package io.redisstate.stream.container;

/**
 * As whom a process consumes.
 *
 * @param consumer its name in the group
 * @param process what tells it from another process that once had, or will have, the name
 * @param generation how often it has joined; what was read before counts as its own only after a look
 */
record Membership(String consumer, String process, int generation) {

    /** Of another membership of the same process, only the beginning is the same. */
    String token() {
        return process + generation;
    }

    Membership next(String name) {
        return new Membership(name, process, generation + 1);
    }
}
