package io.redisstate.structure.script;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.redisstate.structure.Deployments;
import io.redisstate.structure.RedisStructures;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.data.redis.connection.RedisConnectionFactory;

@RedisTest
class LuaScriptsIntegrationTests {

    record Point(int x, int y) {}

    public interface Hashes {

        @RedisScript
        long put(@ScriptKey String key, Object... fieldsAndValues);

        @RedisScript(value = "put", repeatable = true)
        boolean putOne(@ScriptKey String key, String field, Point value);

        @RedisScript("put")
        int putText(@ScriptKey String key, String field, String value);

        @RedisScript(repeatable = true)
        Map<String, String> all(@ScriptKey String key);

        @RedisScript
        Optional<Point> field(@ScriptKey String key, String field);

        @RedisScript("field")
        @Nullable
        String text(@ScriptKey String key, String field);

        @RedisScript("field")
        byte @Nullable [] bytes(@ScriptKey String key, String field);

        @RedisScript
        void move(@ScriptKey String from, @ScriptKey List<String> to);

        @RedisScript
        List<String> echo(@ScriptKey String key, Object... anything);

        @RedisScript("echo")
        List<Long> numbers(@ScriptKey String key, List<Long> numbers);

        default boolean has(String key, String field) {
            return field(key, field).isPresent();
        }
    }

    interface WithoutKey {
        @RedisScript("echo")
        List<String> echo(String argument);
    }

    interface WithoutAnnotation {
        long put(@ScriptKey String key);
    }

    interface WithoutFile {
        @RedisScript
        long missing(@ScriptKey String key);
    }

    interface WithNumberAsKey {
        @RedisScript("echo")
        List<String> echo(@ScriptKey long key);
    }

    private final RedisServer redis = RedisServer.shared();
    private final String prefix = redis.uniquePrefix();
    private final RedisStructures structures =
            RedisStructures.builder(redis.jedis()).keyPrefix(prefix).build();

    @ParameterizedTest
    @MethodSource("io.redisstate.structure.Deployments#all")
    void methodsDoWhatTheirScriptsDo(Supplier<RedisConnectionFactory> factory) {
        Hashes hashes = Deployments.structures(factory).scripts(Hashes.class);
        String key = "{" + prefix + "}:hash";
        assertThat(hashes.put(key, "a", 1, "b", 2.5)).isEqualTo(2);
        assertThat(hashes.putOne(key, "point", new Point(1, 2))).isTrue();
        assertThat(hashes.putOne(key, "point", new Point(3, 4))).isFalse();
        assertThat(hashes.field(key, "point")).hasValue(new Point(3, 4));
        assertThat(hashes.field(key, "none")).isEmpty();
        assertThat(hashes.has(key, "point")).isTrue();
        assertThat(hashes.text(key, "none")).isNull();
        assertThat(hashes.bytes(key, "a")).isEqualTo("1".getBytes(StandardCharsets.UTF_8));
        assertThat(hashes.all(key)).isEqualTo(Map.of("a", "1", "b", "2.5", "point", "{\"x\":3,\"y\":4}"));

        String from = "{" + prefix + "}:from";
        RedisConnectionFactory connections = factory.get();
        try (var connection = connections.getConnection()) {
            connection.stringCommands().set(from.getBytes(StandardCharsets.UTF_8), new byte[] {'x'});
            hashes.move(from, List.of(from + "1", from + "2"));
            assertThat(connection.stringCommands().get((from + "2").getBytes(StandardCharsets.UTF_8)))
                    .isEqualTo(new byte[] {'x'});
            List.of(key, from + "1", from + "2")
                    .forEach(each -> connection.keyCommands().del(each.getBytes(StandardCharsets.UTF_8)));
        }
        assertThat(hashes.all(key)).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("io.redisstate.structure.Deployments#servers")
    void hashesAreThoseOfTheModelOnAnySchedule(Supplier<RedisConnectionFactory> factory) {
        Random random = new Random(System.nanoTime());
        Hashes hashes = Deployments.structures(factory).scripts(Hashes.class);
        String key = prefix + "model";
        Map<String, String> model = new HashMap<>();
        for (int i = 0; i < 100; i++) {
            String field = "f" + random.nextInt(10);
            assertThat(hashes.putText(key, field, "v" + i)).isEqualTo(model.containsKey(field) ? 0 : 1);
            model.put(field, "v" + i);
            assertThat(hashes.all(key)).isEqualTo(model);
        }
        try (var connection = factory.get().getConnection()) {
            connection.keyCommands().del(key.getBytes(StandardCharsets.UTF_8));
        }
    }

    @Test
    void argumentsOfAllKindsArrive() {
        Hashes hashes = structures.scripts(Hashes.class);
        assertThat(hashes.echo(
                        "key",
                        "text",
                        7,
                        true,
                        false,
                        Duration.ofSeconds(2),
                        Instant.ofEpochMilli(5),
                        TimeUnit.DAYS,
                        new byte[] {'b'},
                        List.of("x", List.of(1, 2)),
                        new Point(1, 2)))
                .containsExactly("text", "7", "1", "0", "2000", "5", "DAYS", "b", "x", "1", "2", "{\"x\":1,\"y\":2}");
        assertThat(hashes.numbers("key", List.of(1L, -2L))).containsExactly(1L, -2L);
        assertThat(hashes.echo("key")).isEmpty();
    }

    @Test
    void aCallIsOneRoundTripAndSurvivesAScriptFlush() throws Exception {
        try (RedisServer own = RedisServer.start()) {
            Hashes hashes = RedisStructures.builder(own.jedis()).build().scripts(Hashes.class);
            hashes.putText("key", "a", "1");
            assertThat(own.count(() -> hashes.putText("key", "a", "2")).of("evalsha"))
                    .isEqualTo(1);
            own.command("SCRIPT", "FLUSH");
            assertThat(hashes.putText("key", "b", "3")).isEqualTo(1);
        }
    }

    @Test
    void whatCanBeNoScriptIsNamedWhenItIsMade() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> structures.scripts(WithoutKey.class))
                .withMessageStartingWith("WithoutKey.echo has no @ScriptKey");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> structures.scripts(WithoutAnnotation.class))
                .withMessage("WithoutAnnotation.put is neither default nor has @RedisScript");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> structures.scripts(WithNumberAsKey.class))
                .withMessageContaining("not long");
        assertThatIllegalStateException()
                .isThrownBy(() -> structures.scripts(WithoutFile.class))
                .withMessageContaining("No script missing.lua");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> structures.scripts(Point.class))
                .withMessageContaining("no interface");
        Hashes hashes = structures.scripts(Hashes.class);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> hashes.move("a", nothing()))
                .withMessage("Hashes.move: argument 2 is null; Redis knows no null");
        assertThat(hashes).hasToString("scripts of " + Hashes.class.getName());
        assertThat(hashes).isNotEqualTo(structures.scripts(Hashes.class));
    }

    @SuppressWarnings("NullAway") // null on purpose
    private static List<String> nothing() {
        return null;
    }
}
