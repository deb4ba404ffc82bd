package io.redisstate.benchmarks;

/**
 * Somebody who does a scenario's work.
 *
 * @param name {@code floor}, {@code redis-state} or a peer's
 * @param work once, by one of the threads
 * @param resources what is closed in the end
 */
record Subject(String name, Work work, AutoCloseable resources) implements AutoCloseable {

    static final String FLOOR = "floor";
    static final String US = "redis-state";

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

    @Override
    public void close() throws Exception {
        resources.close();
    }
}
