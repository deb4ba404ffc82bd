package io.redisstate.benchmarks;

import java.nio.charset.StandardCharsets;

/** Keys as a bare client takes them. */
final class KeyBytes {

    private KeyBytes() {}

    static byte[] of(String key) {
        return key.getBytes(StandardCharsets.UTF_8);
    }
}
