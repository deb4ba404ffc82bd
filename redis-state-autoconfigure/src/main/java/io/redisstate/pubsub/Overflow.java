package io.redisstate.pubsub;

/**
 * What happens to a message that comes while a listener's queue is full.
 *
 * @since 0.1
 */
public enum Overflow {

    /**
     * The message waits, and with it the connection is no longer read: TCP slows the server down, which keeps messages in
     * its output buffer and closes the connection once that is full too ({@code client-output-buffer-limit pubsub}, by
     * default 32 MB, or 8 MB for 60 s). The listener has a connection of its own, so that others do not wait.
     */
    BLOCK,

    /** The message that has waited longest is dropped, and counted: what is handled is never older than the queue is long. */
    DROP_OLDEST,

    /** The message that has just come is dropped, and counted. */
    DROP_NEWEST
}
