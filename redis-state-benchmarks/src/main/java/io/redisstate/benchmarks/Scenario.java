package io.redisstate.benchmarks;

import java.util.List;
import java.util.Optional;

/** One question of speed: the same work by several subjects. A feature adds its own to {@link Scenarios}. */
interface Scenario {

    /** The name on the command line and in the results. */
    String name();

    /** With how many threads it is asked, one after the other. */
    List<Integer> threads();

    /** Who does the work; the first is the floor that the others are compared with. The caller closes them. */
    List<Subject> subjects(Target target, int threads);

    /** Whether the speed is that of the units of work alone, without what they were prepared by. */
    default boolean timedByLatency() {
        return false;
    }

    /** The class of JMH benchmarks that answers it instead of subjects, where only code is measured. */
    default Optional<Class<?>> measuredByJmh() {
        return Optional.empty();
    }

    /** Whether waits and fairness are reported too. */
    default boolean reportsWaits() {
        return false;
    }
}
