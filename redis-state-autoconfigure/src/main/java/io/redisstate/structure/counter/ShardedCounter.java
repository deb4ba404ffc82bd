package io.redisstate.structure.counter;

import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;

/**
 * A counter over several keys: each change goes to one of them at random, reading asks all in one pipeline. What is read while
 * others count is a sum of counts that were not all current at the same time. Thread-safe.
 *
 * @since 0.1
 */
public final class ShardedCounter {

    private final Counters counters;
    private final List<String> shards;

    ShardedCounter(Counters counters, String name, int shards) {
        if (shards < 1 || shards > 1_024) {
            throw new IllegalArgumentException(
                    "The shards of counter '" + name + "' are " + shards + "; allowed is 1 to 1024");
        }
        this.counters = counters;
        this.shards = IntStream.range(0, shards).mapToObj(i -> name + '#' + i).toList();
    }

    /** Adds 1. */
    public void increment() {
        add(1);
    }

    /** Adds to the counter, or takes away; one round trip. */
    public void add(long by) {
        counters.increment(shards.get(ThreadLocalRandom.current().nextInt(shards.size())), by);
    }

    /** The count; one pipeline, on a cluster one for each node. */
    public long get() {
        return counters.getAll(shards).values().stream()
                .mapToLong(Long::longValue)
                .sum();
    }

    /** Sets all shards to 0, one after the other. */
    public void reset() {
        shards.forEach(counters::reset);
    }
}
