package io.redisstate.cache.entry;

import java.util.Arrays;

/** Leaves payloads as they are. */
final class NoCompression implements Compression {

    @Override
    public byte id() {
        return 0;
    }

    @Override
    public byte[] compress(byte[] data) {
        return data;
    }

    @Override
    public byte[] decompress(byte[] data, int offset, int length, int size) {
        return Arrays.copyOfRange(data, offset, offset + length);
    }
}
