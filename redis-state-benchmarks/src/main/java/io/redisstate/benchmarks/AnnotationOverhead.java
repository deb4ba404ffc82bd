package io.redisstate.benchmarks;

import java.util.List;
import java.util.Optional;

/** What an annotation adds to the call it stands for, with and without a key in SpEL. The floor calls the limiter itself. */
final class AnnotationOverhead implements Scenario {

    @Override
    public String name() {
        return "annotation-overhead";
    }

    @Override
    public List<Integer> threads() {
        return List.of(1);
    }

    @Override
    public List<Subject> subjects(Target target, int threads) {
        return List.of();
    }

    @Override
    public Optional<Class<?>> measuredByJmh() {
        return Optional.of(AnnotatedCalls.class);
    }
}
