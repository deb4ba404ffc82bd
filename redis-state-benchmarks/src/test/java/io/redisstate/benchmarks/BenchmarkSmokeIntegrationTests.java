package io.redisstate.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class BenchmarkSmokeIntegrationTests {

    @TempDir
    Path directory;

    @Test
    void aRunMeasuresAllSubjectsAndWritesTheResults() throws Exception {
        Path output = directory.resolve("results.json");

        List<Result> results = BenchmarkMain.run(settings("lock-contended-8-services,rate-denied", "smoke", output));

        JsonNode written = JsonMapper.shared().readTree(output);
        assertThat(written.size()).isEqualTo(results.size()).isEqualTo(11);
        assertThat(results).extracting(Result::subject).contains("floor", "redis-state", "redisson", "bucket4j");
        assertThat(written).allSatisfy(line -> {
            for (String field : List.of(
                    "scenario",
                    "subject",
                    "threads",
                    "opsPerSecond",
                    "p50Micros",
                    "p99Micros",
                    "ratioToFloor",
                    "commandsPerOp")) {
                assertThat(line.has(field)).as(field).isTrue();
            }
            assertThat(line.path("opsPerSecond").asDouble()).isPositive();
        });
        assertThat(written.get(1).path("subject").asString()).isEqualTo("redis-state");
        assertThat(written.get(1).path("commandsPerOp").asDouble()).isBetween(3.0, 30.0);
        assertThat(written.get(1).has("maxWaitMillis")).isTrue();
        assertThat(written.get(1).has("fairnessMaxOverMin")).isTrue();
    }

    @Test
    void loadsAreCounted() throws Exception {
        List<Result> results =
                BenchmarkMain.run(settings("cache-stampede", "smoke", directory.resolve("results.json")));

        assertThat(results)
                .extracting(Result::subject)
                .containsExactly(
                        "floor",
                        "redis-state",
                        "spring-data-redis",
                        "spring-data-redis-locking",
                        "redisson",
                        "jetcache");
        assertThat(results.get(1).loadsPerOp()).isEqualTo(1);
        // 32 callers: a GET each, and what the two managers need for one load.
        assertThat(results.get(1).commandsPerOp()).isLessThan(2 * 32);
    }

    @ParameterizedTest
    @ValueSource(strings = {"annotation-overhead", "lock-annotation-overhead"})
    void codeIsMeasuredByJmh(String scenario) throws Exception {
        List<Result> results = BenchmarkMain.run(settings(scenario, "smoke", directory.resolve("results.json")));

        assertThat(results)
                .extracting(Result::subject)
                .containsExactly("floor", "redis-state-annotation", "redis-state-annotation-key");
        assertThat(results).allSatisfy(result -> {
            assertThat(result.opsPerSecond()).isPositive();
            assertThat(result.p50Micros()).isPositive().isLessThanOrEqualTo(result.p99Micros());
            // Leased permits, or a lock that is held: Redis is asked once for very many calls.
            assertThat(result.commandsPerOp()).isLessThan(1);
        });
    }

    @Test
    void whatDoesNotExistIsNamedTogetherWithWhatDoes() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> settings("lock-uncontended,no-such", "quick", directory))
                .withMessageContaining("'no-such'")
                .withMessageContaining("rate-hot-key");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> settings("all", "slow", directory))
                .withMessageContaining("'slow'")
                .withMessageContaining("full");
    }

    private static Settings settings(String scenarios, String mode, Path output) {
        Properties properties = new Properties();
        properties.setProperty("bench", scenarios);
        properties.setProperty("bench.mode", mode);
        properties.setProperty("bench.output", output.toString());
        return Settings.of(properties);
    }
}
