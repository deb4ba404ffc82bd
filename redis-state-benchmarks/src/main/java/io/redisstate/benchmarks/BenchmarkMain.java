package io.redisstate.benchmarks;

import io.redisstate.embedded.EmbeddedRedisServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** Runs scenarios, prints a table and writes the results. */
public final class BenchmarkMain {

    private BenchmarkMain() {}

    /** Reads its settings from system properties; see {@code docs/benchmarks.md}. */
    public static void main(String[] arguments) throws Exception {
        Settings settings;
        try {
            settings = Settings.of(System.getProperties());
        } catch (IllegalArgumentException ex) {
            System.err.println(ex.getMessage());
            System.exit(2);
            return;
        }
        run(settings);
        // Some clients leave threads behind.
        System.exit(0);
    }

    static List<Result> run(Settings settings) throws Exception {
        Optional<EmbeddedRedisServer> own =
                settings.url().isPresent() ? Optional.empty() : Optional.of(EmbeddedRedisServer.start(0, List.of()));
        try {
            Target target = own.map(server -> new Target(server.host(), server.port()))
                    .orElseGet(() -> new Target(
                            settings.url().orElseThrow().getHost(),
                            settings.url().orElseThrow().getPort()));
            Measurement measurement = new Measurement(target, settings.mode());
            List<Result> results = new ArrayList<>();
            System.out.println(Result.header());
            for (Scenario scenario : settings.scenarios()) {
                List<Result> found = measurement.of(scenario);
                found.forEach(result -> System.out.println(result.line()));
                results.addAll(found);
            }
            write(results, settings.output());
            return results;
        } finally {
            own.ifPresent(EmbeddedRedisServer::close);
        }
    }

    private static void write(List<Result> results, Path output) throws Exception {
        Path parent = output.toAbsolutePath().getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
        JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build().writeValue(output, results);
    }
}
