package io.redisstate.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What editors show for {@code redis-state.*} in {@code application.yml}. */
class ConfigurationMetadataTests {

    /** Whose default is computed or is "not set". */
    private static final Set<String> NO_DEFAULT = Set.of(
            "redis-state.key-prefix",
            "redis-state.cache.defaults.keep",
            "redis-state.cache.defaults.null-ttl",
            "redis-state.cache.defaults.type",
            "redis-state.cache.defaults.jdk-classes",
            "redis-state.cache.defaults.key-function",
            "redis-state.session.flush-mode",
            "redis-state.session.import-from",
            "redis-state.session.max-lifetime",
            "redis-state.session.save-mode");

    private final List<JsonNode> properties = properties();

    @Test
    void everyPropertyHasADescription() {
        assertThat(properties).hasSizeGreaterThan(20).allSatisfy(property -> assertThat(
                        property.path("description").asString(""))
                .as(nameOf(property))
                .isNotBlank());
    }

    @Test
    void everySimplePropertyHasADefault() {
        assertThat(properties)
                .filteredOn(property -> isSimple(property.path("type").asString("")))
                .filteredOn(property -> !NO_DEFAULT.contains(nameOf(property)))
                .allSatisfy(property -> assertThat(property.has("defaultValue"))
                        .as(nameOf(property))
                        .isTrue());
    }

    @Test
    void everyPropertyIsInTheDocumentation() throws IOException {
        Set<String> documented = new HashSet<>();
        try (Stream<Path> pages = Files.list(Path.of("..", "docs"))) {
            for (Path page :
                    Stream.concat(pages, Stream.of(Path.of("..", "README.md"))).toList()) {
                documented.addAll(DocumentedProperties.in(Files.readString(page)));
            }
        }
        assertThat(documented)
                .containsAll(properties.stream()
                        .map(ConfigurationMetadataTests::nameOf)
                        .toList());
    }

    @Test
    void onlyAWholeNameCountsAsDocumentation() {
        String page =
                """
                `enabled`, `order` and `redis-state.jobs.enabled`; see `redis-state.lock.`
                enabled: true

                | property | of `redis-state.lock` | default |
                |---|---|---|
                | `hand-offs` | `fair`, `wait-time` | `lease-time` |

                | property | default |
                |---|---|
                | `global-prefix` | |

                ```yaml
                redis-state:
                  job:
                    backoff.first: 1s
                    queues:
                      - drain: 1s
                  wake-up:
                    safety-poll: 1s   # often
                ```
                """;
        assertThat(DocumentedProperties.in(page))
                .containsExactlyInAnyOrder(
                        "redis-state.jobs.enabled",
                        "redis-state.lock",
                        "redis-state.lock.fair",
                        "redis-state.lock.wait-time",
                        "redis-state",
                        "redis-state.job",
                        "redis-state.job.backoff.first",
                        "redis-state.job.queues",
                        "redis-state.job.queues.drain",
                        "redis-state.wake-up",
                        "redis-state.wake-up.safety-poll");
    }

    private static boolean isSimple(String type) {
        return !type.startsWith("java.util.") && !type.startsWith("io.redisstate.");
    }

    private static String nameOf(JsonNode property) {
        return property.path("name").asString("");
    }

    private static List<JsonNode> properties() {
        try (InputStream in = Objects.requireNonNull(RedisStateAutoConfiguration.class.getResourceAsStream(
                "/META-INF/spring-configuration-metadata.json"))) {
            JsonNode metadata = JsonMapper.shared().readTree(new String(in.readAllBytes(), StandardCharsets.UTF_8));
            List<JsonNode> found = new ArrayList<>();
            metadata.path("properties").forEach(found::add);
            return found.stream()
                    .filter(property -> nameOf(property).startsWith("redis-state."))
                    .toList();
        } catch (IOException ex) {
            throw new IllegalStateException(ex);
        }
    }
}
