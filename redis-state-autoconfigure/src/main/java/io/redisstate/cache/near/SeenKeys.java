package io.redisstate.cache.near;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Which keys this process has found in Redis, roughly: a key that shares its bit with another is told wrong, which costs a
 * round trip or a few microseconds of the server, and nothing else. Thread-safe.
 */
public final class SeenKeys {

    private static final int BITS = 1 << 16;

    private final AtomicLongArray words = new AtomicLongArray(BITS / Long.SIZE);

    public boolean contains(String key) {
        int bit = bit(key);
        return (words.get(bit >> 6) >>> bit & 1) != 0;
    }

    public void add(String key) {
        int bit = bit(key);
        if ((words.get(bit >> 6) >>> bit & 1) == 0) {
            words.getAndUpdate(bit >> 6, word -> word | 1L << bit);
        }
    }

    public void remove(String key) {
        int bit = bit(key);
        if ((words.get(bit >> 6) >>> bit & 1) != 0) {
            words.getAndUpdate(bit >> 6, word -> word & ~(1L << bit));
        }
    }

    private static int bit(String key) {
        int hash = key.hashCode() * 0x9E3779B9;
        return hash >>> 16;
    }
}
