package io.redisstate.job;

/**
 * A job this process has taken.
 *
 * @param fence proves that it is this taking of it
 */
record TakenJob(String id, String fence, JobFormat.Stored stored) {

    /** From 1. */
    int attempt() {
        return Integer.parseInt(fence.substring(0, fence.indexOf(' ')));
    }

    /** By the server's clock. */
    long takenMicros() {
        return Long.parseLong(fence.substring(fence.indexOf(' ') + 1));
    }
}
