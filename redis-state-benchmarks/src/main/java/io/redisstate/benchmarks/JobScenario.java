package io.redisstate.benchmarks;

import java.util.List;
import java.util.function.BiFunction;

/**
 * Jobs that do nothing. The floor is a bare list.
 *
 * @param timedByLatency whether the speed is that of the units alone, without what they were prepared by
 */
record JobScenario(
        String name, List<Integer> threads, boolean timedByLatency, BiFunction<JobSubjects, Integer, List<Subject>> who)
        implements Scenario {

    static JobScenario enqueue() {
        return new JobScenario("job-enqueue", List.of(1, 8), false, JobSubjects::enqueue);
    }

    static JobScenario bulkEnqueue() {
        return new JobScenario("job-bulk-enqueue", List.of(1), false, JobSubjects::bulkEnqueue);
    }

    static JobScenario process() {
        return new JobScenario("job-process", List.of(1), true, (subjects, threads) -> subjects.process());
    }

    static JobScenario latency() {
        return new JobScenario("job-latency", List.of(1), false, (subjects, threads) -> subjects.latency());
    }

    @Override
    public List<Subject> subjects(Target target, int threads) {
        return who.apply(new JobSubjects(target), threads);
    }
}
