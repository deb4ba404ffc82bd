package io.redisstate.cache;

import io.redisstate.cache.CacheCounters.Event;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/** Calls loaders in the calling thread, and counts them. Thread-safe. */
final class Loader {

    private final CacheCounters counters;

    Loader(CacheCounters counters) {
        this.counters = counters;
    }

    /** @throws LoadFailure what the loader threw */
    @Nullable
    Object call(Callable<?> loader) {
        long begun = System.nanoTime();
        Event outcome = Event.FAILED_LOAD;
        try {
            Object value = loader.call();
            outcome = Event.LOAD;
            return value;
        } catch (Exception ex) {
            if (ex instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            throw new LoadFailure(ex);
        } finally {
            counters.loaded(outcome, System.nanoTime() - begun);
        }
    }

    /** As {@link #call}, of many at once. */
    @SuppressWarnings({"unchecked", "NullAway"}) // the loader does not give null
    Map<String, @Nullable Object> callAll(Callable<Map<String, @Nullable Object>> loader) {
        return (Map<String, @Nullable Object>) call(loader);
    }
}
