package io.redisstate.benchmarks;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** Runs a scenario: all subjects warm up, then take turns (A B C, A B C, ...), and the medians are taken. */
final class Measurement {

    private final Target target;
    private final Settings.Mode mode;

    Measurement(Target target, Settings.Mode mode) {
        this.target = target;
        this.mode = mode;
    }

    List<Result> of(Scenario scenario) throws Exception {
        Optional<Class<?>> code = scenario.measuredByJmh();
        if (code.isPresent()) {
            return JmhRun.of(scenario, code.get(), target, mode);
        }
        List<Result> results = new ArrayList<>();
        for (int threads : scenario.threads()) {
            results.addAll(of(scenario, threads));
        }
        return results;
    }

    private List<Result> of(Scenario scenario, int threads) throws Exception {
        List<Subject> subjects = scenario.subjects(target, threads);
        try {
            int subjectsInAll = subjects.size() * scenario.threads().size();
            Duration slice = mode.slice(subjectsInAll);
            for (Subject subject : subjects) {
                Round.of(subject, target, threads, mode.warmUp(subjectsInAll));
            }
            List<List<Round>> rounds = subjects.stream()
                    .map(subject -> (List<Round>) new ArrayList<Round>())
                    .toList();
            for (int i = 0; i < mode.rounds(); i++) {
                for (int j = 0; j < subjects.size(); j++) {
                    Round round = Round.of(subjects.get(j), target, threads, slice);
                    rounds.get(j).add(scenario.timedByLatency() ? round.timedByLatency(threads) : round);
                }
            }
            return results(scenario, threads, subjects, rounds);
        } finally {
            for (Subject subject : subjects) {
                subject.close();
            }
        }
    }

    private static List<Result> results(
            Scenario scenario, int threads, List<Subject> subjects, List<List<Round>> rounds) {
        double floor = median(rounds.get(0), Round::opsPerSecond);
        List<Result> results = new ArrayList<>();
        for (int i = 0; i < subjects.size(); i++) {
            List<Round> own = rounds.get(i);
            double speed = median(own, Round::opsPerSecond);
            results.add(new Result(
                    scenario.name(),
                    subjects.get(i).name(),
                    threads,
                    speed,
                    median(own, round -> round.percentileMicros(50)),
                    median(own, round -> round.percentileMicros(99)),
                    speed / floor,
                    median(own, Round::commandsPerOperation),
                    scenario.reportsWaits() ? longest(own) : null,
                    scenario.reportsWaits() ? (Double) median(own, Round::maxOverMin) : null,
                    subjects.get(i).loads() == null ? null : (Double) median(own, Round::loadsPerOperation)));
        }
        return results;
    }

    private static @Nullable Double longest(List<Round> rounds) {
        return rounds.stream()
                .mapToDouble(round -> round.latencies().getMaxValue() / 1e6)
                .max()
                .orElse(0);
    }

    private static double median(List<Round> rounds, ToDoubleFunction<Round> value) {
        double[] sorted = rounds.stream().mapToDouble(value).sorted().toArray();
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
