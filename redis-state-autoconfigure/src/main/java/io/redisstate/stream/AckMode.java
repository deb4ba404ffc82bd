package io.redisstate.stream;

/**
 * When messages are acknowledged.
 *
 * @since 0.1
 */
public enum AckMode {
    /** Those that were read together, together, when the last of them has ended or after a second. */
    BATCH,
    /** Each when its handler has ended: one round trip for each. */
    SINGLE,
    /** Each when the handler says so by its {@link Acknowledgement}. */
    MANUAL,
    /** Before they are handled: each at most once, none again. */
    NONE
}
