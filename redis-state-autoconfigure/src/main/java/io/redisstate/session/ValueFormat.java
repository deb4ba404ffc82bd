package io.redisstate.session;

/** One way to write attribute values. Thread-safe. */
interface ValueFormat {

    /** @throws RuntimeException if the value can't be written */
    byte[] write(Object value);

    /** @throws RuntimeException if the bytes can't be read, or name a type that is not allowed */
    Object read(byte[] bytes);
}
