package io.redisstate.session;

/**
 * How attribute values are written.
 *
 * @since 0.1
 */
public enum SessionSerialization {

    /** JSON with type names, of which only allowed ones are read. */
    JSON,

    /** Java serialization; only allowed classes are read. Values must be {@link java.io.Serializable}. */
    JDK
}
