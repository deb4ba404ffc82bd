package io.redisstate.cache;

import io.redisstate.core.FeatureThreads;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Loads that have just failed, which stand for those that come next. Thread-safe. */
final class LoadFailures {

    private final FeatureThreads threads;
    private final Map<String, Failure> failures = new ConcurrentHashMap<>();

    private record Failure(Throwable cause, long end) {}

    LoadFailures(FeatureThreads threads) {
        this.threads = threads;
    }

    /** Why the load of a key has just failed, if it has. */
    @Nullable
    Throwable recent(String key) {
        Failure failure = failures.get(key);
        return failure == null || failure.end() - System.nanoTime() <= 0 ? null : failure.cause();
    }

    void remember(String key, Throwable cause, Duration hold) {
        if (hold.isZero()) {
            return;
        }
        Failure failure = new Failure(cause, System.nanoTime() + hold.toNanos());
        failures.put(key, failure);
        try {
            var unused = threads.scheduler()
                    .schedule(() -> failures.remove(key, failure), hold.toMillis(), TimeUnit.MILLISECONDS);
        } catch (IllegalStateException ex) {
            failures.remove(key, failure);
        }
    }

    void forget(String key) {
        failures.remove(key);
    }

    void forgetAll() {
        failures.clear();
    }

    int size() {
        return failures.size();
    }
}
