package io.redisstate.lock;

/**
 * Who shares a lock of a name.
 *
 * @since 0.1
 */
public enum LockScope {

    /** The processes of one application, which have the same key prefix. */
    APPLICATION,

    /** All applications on the same Redis that have the same global prefix, by default {@code global}. */
    GLOBAL
}
