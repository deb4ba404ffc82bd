package io.redisstate.benchmarks;

import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Somebody who does a scenario's work.
 *
 * @param name {@code floor}, {@code redis-state} or a peer's
 * @param work once, by one of the threads
 * @param resources what is closed in the end
 * @param loads how often it has run a loader so far, where that is reported
 */
record Subject(String name, Work work, AutoCloseable resources, @Nullable LongSupplier loads) implements AutoCloseable {

    static final String FLOOR = "floor";
    static final String US = "redis-state";

    Subject(String name, Work work, AutoCloseable resources) {
        this(name, work, resources, null);
    }

    /** One unit of work. */
    @FunctionalInterface
    interface Work {

        /**
         * Does it.
         *
         * @param thread the number of the thread, from 0
         * @return the nanoseconds to count as its latency, or a negative number for all it took
         */
        long run(int thread) throws Exception;
    }

    /** Work whose latency is all it takes. */
    @FunctionalInterface
    interface Action {
        void run(int thread) throws Exception;
    }

    static Subject of(String name, AutoCloseable resources, Action action) {
        return new Subject(
                name,
                thread -> {
                    action.run(thread);
                    return -1;
                },
                resources);
    }

    /** How often it has run a loader so far; 0 where nobody counts. */
    long loadsSoFar() {
        return loads == null ? 0 : loads.getAsLong();
    }

    @Override
    public void close() throws Exception {
        resources.close();
    }
}
