package io.redisstate.benchmarks;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * One line of the results: medians over the rounds.
 *
 * @param scenario its name
 * @param subject who did the work
 * @param threads how many threads did
 * @param opsPerSecond units of work in a second
 * @param p50Micros half of the latencies are at most this
 * @param p99Micros 99 of 100 are
 * @param ratioToFloor the speed as a share of the floor's in the same run
 * @param commandsPerOp Redis commands for a unit of work, those inside scripts included
 * @param maxWaitMillis the longest latency of all rounds, where waits are reported
 * @param fairnessMaxOverMin how often the busiest thread worked for each time the idlest did, where waits are reported
 * @param loadsPerOp how often a loader ran for a unit of work, where loads are counted
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record Result(
        String scenario,
        String subject,
        int threads,
        double opsPerSecond,
        double p50Micros,
        double p99Micros,
        double ratioToFloor,
        double commandsPerOp,
        @Nullable Double maxWaitMillis,
        @Nullable Double fairnessMaxOverMin,
        @Nullable Double loadsPerOp) {

    String line() {
        String waits = maxWaitMillis == null
                ? ""
                : String.format("  longest %.1f ms, max/min %.2f", maxWaitMillis, fairnessMaxOverMin);
        String loads = loadsPerOp == null ? "" : String.format("  %.1f loads", loadsPerOp);
        return String.format(
                "%-26s %-28s %3d %12.0f/s %10.1f us %10.1f us %7.2f %8.2f%s%s",
                scenario,
                subject,
                threads,
                opsPerSecond,
                p50Micros,
                p99Micros,
                ratioToFloor,
                commandsPerOp,
                waits,
                loads);
    }

    static String header() {
        return String.format(
                "%-26s %-28s %3s %14s %13s %13s %7s %8s",
                "scenario", "subject", "thr", "speed", "p50", "p99", "floor", "commands");
    }
}
