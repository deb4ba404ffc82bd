package io.redisstate.benchmarks;

import java.util.List;
import java.util.Optional;

/**
 * What an annotation adds to the call it stands for, with and without a key in SpEL. The floor makes that call itself.
 *
 * @param code the JMH benchmarks
 */
record AnnotationOverhead(String name, Class<?> code) implements Scenario {

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
        return Optional.of(code);
    }
}
