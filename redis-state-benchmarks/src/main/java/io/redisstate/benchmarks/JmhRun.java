package io.redisstate.benchmarks;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;
import org.openjdk.jmh.util.Statistics;

/** Measures code that does not wait for Redis: by JMH, each method in a JVM of its own, latencies sampled. */
final class JmhRun {

    private static final String FLOOR = "floor";

    private JmhRun() {}

    /** A result for each benchmark method; the one named {@code floor} comes first. */
    static List<Result> of(Scenario scenario, Class<?> code, Target target, Settings.Mode mode) {
        Collection<RunResult> runs;
        long before = target.commands();
        try {
            runs = new Runner(new OptionsBuilder()
                            .include(Pattern.quote(code.getName()) + "\\..*")
                            .mode(Mode.SampleTime)
                            .timeUnit(TimeUnit.NANOSECONDS)
                            .forks(1)
                            .jvmArgsAppend(target.systemProperties())
                            .warmupIterations(4)
                            .warmupTime(iteration(mode))
                            .measurementIterations(mode.rounds())
                            .measurementTime(iteration(mode))
                            .verbosity(VerboseMode.SILENT)
                            .shouldFailOnError(true)
                            .build())
                    .run();
        } catch (RunnerException ex) {
            throw new IllegalStateException("JMH could not run " + code.getName(), ex);
        }
        long commands = target.commands() - before;
        return results(scenario, runs, commands);
    }

    private static TimeValue iteration(Settings.Mode mode) {
        return TimeValue.milliseconds(mode.slice(5).toMillis());
    }

    private static List<Result> results(Scenario scenario, Collection<RunResult> runs, long commands) {
        List<RunResult> ordered = new ArrayList<>(runs);
        ordered.sort(Comparator.comparing((RunResult run) -> !label(run).equals(FLOOR))
                .thenComparing(JmhRun::label));
        double floor = 1e9 / statistics(ordered.get(0)).getMean();
        long samples = ordered.stream().mapToLong(run -> statistics(run).getN()).sum();
        List<Result> results = new ArrayList<>();
        for (RunResult run : ordered) {
            Statistics sampled = statistics(run);
            double speed = 1e9 / sampled.getMean();
            results.add(new Result(
                    scenario.name(),
                    label(run).equals(FLOOR) ? Subject.FLOOR : Subject.US + '-' + label(run),
                    1,
                    speed,
                    sampled.getPercentile(50) / 1e3,
                    sampled.getPercentile(99) / 1e3,
                    speed / floor,
                    (double) commands / samples,
                    null,
                    null,
                    null));
        }
        return results;
    }

    private static Statistics statistics(RunResult run) {
        return run.getPrimaryResult().getStatistics();
    }

    /** The method's name with dashes. */
    private static String label(RunResult run) {
        return run.getPrimaryResult().getLabel().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
    }
}
