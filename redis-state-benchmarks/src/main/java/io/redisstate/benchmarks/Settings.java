package io.redisstate.benchmarks;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Properties;

/**
 * What is run, from system properties.
 *
 * @param scenarios {@code bench}: names separated by commas, or {@code all}
 * @param mode {@code bench.mode}
 * @param url {@code bench.url}: a Redis to measure on; its own if empty
 * @param output {@code bench.output}: the file of the results
 */
record Settings(List<Scenario> scenarios, Mode mode, Optional<URI> url, Path output) {

    /** How much time it may take. */
    enum Mode {
        /** At most 40 s for each scenario. */
        QUICK(Duration.ofSeconds(30), 7),
        /** About four minutes for each scenario. */
        FULL(Duration.ofSeconds(240), 15),
        /** Only shows that it works. */
        SMOKE(Duration.ofMillis(1_500), 3);

        /** How many rounds warming up takes: compilers need longer than a round. */
        private static final int WARM_UP = 3;

        private final Duration budget;
        private final int rounds;

        Mode(Duration budget, int rounds) {
            this.budget = budget;
            this.rounds = rounds;
        }

        int rounds() {
            return rounds;
        }

        /** How long a subject works in one round. */
        Duration slice(int subjectsInAll) {
            return budget.dividedBy((long) subjectsInAll * (rounds + WARM_UP));
        }

        Duration warmUp(int subjectsInAll) {
            return slice(subjectsInAll).multipliedBy(WARM_UP);
        }
    }

    /** @throws IllegalArgumentException if a scenario or mode does not exist; the message lists those that do */
    static Settings of(Properties properties) {
        String url = properties.getProperty("bench.url", "");
        return new Settings(
                scenarios(properties.getProperty("bench", "all")),
                mode(properties.getProperty("bench.mode", "quick")),
                url.isBlank() ? Optional.empty() : Optional.of(URI.create(url)),
                Path.of(properties.getProperty("bench.output", "target/results.json")));
    }

    private static List<Scenario> scenarios(String names) {
        if (names.equals("all")) {
            return Scenarios.ALL;
        }
        return Arrays.stream(names.split(",", -1))
                .map(name -> named(name.trim()))
                .toList();
    }

    private static Scenario named(String name) {
        return Scenarios.ALL.stream()
                .filter(scenario -> scenario.name().equals(name))
                .findFirst()
                .orElseThrow(
                        () -> new IllegalArgumentException("There is no scenario '" + name + "' (-Dbench); there are "
                                + Scenarios.ALL.stream().map(Scenario::name).toList() + " and all"));
    }

    private static Mode mode(String name) {
        try {
            return Mode.valueOf(name.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException ex) {
            throw new IllegalArgumentException(
                    "There is no mode '" + name + "' (-Dbench.mode); there are quick, full and smoke", ex);
        }
    }
}
