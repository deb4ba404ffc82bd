package io.redisstate.job;

import io.redisstate.core.KeySpace;
import java.util.Arrays;
import java.util.List;

/** The keys of one queue in the order of {@code keys.lua}. */
final class JobKeys {

    private static final List<String> PARTS = List.of(
            "data",
            "ready",
            "delayed",
            "order",
            "idle",
            "unique",
            "windows",
            "held",
            "children",
            "active",
            "attempt",
            "dead",
            "errors",
            "progress",
            "finished",
            "expiry",
            "cancelled",
            "control",
            "rate",
            "workers",
            "stats",
            "recurring",
            "ticks");
    private static final int PLAIN = 5;

    private final List<byte[]> all;
    private final List<byte[]> one;

    JobKeys(KeySpace keys, String queue) {
        this.all = Arrays.asList(PARTS.stream()
                .map(part -> KeySpace.bytes(keys.key(queue, part)))
                .toArray(byte[][]::new));
        this.one = List.of(all.get(0), all.get(1), all.get(3), all.get(4));
    }

    List<byte[]> all() {
        return all;
    }

    /** What it takes to enqueue a job without a unique key or others to run after. */
    List<byte[]> plain() {
        return all.subList(0, PLAIN);
    }

    /** What it takes to enqueue a single one that is ready at once. */
    List<byte[]> one() {
        return one;
    }
}
