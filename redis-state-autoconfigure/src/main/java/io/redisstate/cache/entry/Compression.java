package io.redisstate.cache.entry;

/**
 * Makes payloads smaller. Implementations are thread-safe.
 *
 * @since 0.1
 */
public interface Compression {

    /** None. */
    Compression NONE = new NoCompression();

    /** Deflate (RFC 1951) at its fastest, which every Java platform has. */
    Compression DEFLATE = new DeflateCompression();

    /** What marks entries compressed this way: 0 and 1 are taken, own ones from 16 to 127. */
    byte id();

    /** Compresses. */
    byte[] compress(byte[] data);

    /**
     * The opposite.
     *
     * @param size how many bytes it must give
     * @throws IllegalArgumentException if it doesn't
     */
    byte[] decompress(byte[] data, int offset, int length, int size);
}
