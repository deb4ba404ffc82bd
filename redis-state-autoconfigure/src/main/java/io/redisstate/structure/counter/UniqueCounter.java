package io.redisstate.structure.counter;

import io.redisstate.core.CallExecutor;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Counts distinct elements without keeping them: an estimate, off by 0.81 % as a rule, in at most 12 KiB however many they are.
 * One round trip each, for many elements one for each 1,000. A HyperLogLog. Thread-safe.
 *
 * @since 0.1
 */
public final class UniqueCounter {

    private final HyperLogLogs logs;
    private final String key;
    private final long millis;

    UniqueCounter(CallExecutor calls, String key, @Nullable Duration timeToLive) {
        this.logs = new HyperLogLogs(calls);
        this.key = key;
        this.millis = timeToLive == null ? 0 : timeToLive.toMillis();
    }

    /** Counts an element; true if that changed the estimate. */
    public boolean add(String element) {
        return addAll(List.of(element));
    }

    /** Counts elements; true if that changed the estimate. */
    public boolean addAll(Collection<String> elements) {
        return logs.add(key, millis, 0, elements);
    }

    /** About how many distinct elements were added. */
    public long count() {
        return logs.count(List.of(key));
    }

    /** Begins anew. */
    public void reset() {
        logs.delete(List.of(key));
    }
}
