package io.redisstate.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.redisstate.core.CallExecutor.Outcome;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import io.redisstate.test.Topologies;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.dao.DataAccessException;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisConnectionFactory;

@RedisTest
class ConnectionCallExecutorIntegrationTests {

    private static final Script<Long> ECHO =
            Script.load(ConnectionCallExecutorIntegrationTests.class, "echo", Reply.LONG);
    private static final Script<List<Object>> REPLY = reply();

    private final String prefix = UUID.randomUUID().toString();

    static Stream<Named<Supplier<RedisConnectionFactory>>> topologies() {
        return Topologies.all();
    }

    static Stream<Named<Supplier<RedisConnectionFactory>>> clients() {
        return topologies().limit(2);
    }

    @ParameterizedTest
    @MethodSource("topologies")
    void aScriptRunsAgainAfterTheServerForgotIt(Supplier<RedisConnectionFactory> factory) {
        RedisConnectionFactory connections = factory.get();
        CallExecutor calls = new ConnectionCallExecutor(connections);

        assertThat(calls.execute(echo("a", "value"))).isEqualTo(5);
        scriptFlush(connections);
        assertThat(calls.execute(echo("a", "longer value"))).isEqualTo(12);
    }

    @ParameterizedTest
    @MethodSource("topologies")
    void manyCallsKeepTheirOrderAndFailAlone(Supplier<RedisConnectionFactory> factory) {
        RedisConnectionFactory connections = factory.get();
        CallExecutor calls = new ConnectionCallExecutor(connections);
        List<ScriptCall<Long>> many = IntStream.range(0, 50)
                .mapToObj(i -> echo("key" + i, i == 25 ? "fail" : "x".repeat(i + 1)))
                .toList();

        for (int round = 0; round < 2; round++) {
            List<Outcome<Long>> outcomes = calls.executeAll(many);

            assertThat(outcomes).hasSize(50);
            for (int i = 0; i < 50; i++) {
                if (i == 25) {
                    assertThat(outcomes.get(i).error())
                            .isInstanceOf(DataAccessException.class)
                            .hasStackTraceContaining("asked to fail");
                } else {
                    assertThat(outcomes.get(i).get()).isEqualTo(i + 1L);
                }
            }
            scriptFlush(connections);
        }
    }

    @ParameterizedTest
    @MethodSource("topologies")
    void everyKindOfReplyIsRead(Supplier<RedisConnectionFactory> factory) {
        CallExecutor calls = new ConnectionCallExecutor(factory.get());

        List<Object> once = calls.execute(REPLY.call(List.of(prefix)));
        List<Object> piped = calls.executeAll(List.of(REPLY.call(List.of(prefix)), REPLY.call(List.of(prefix))))
                .get(1)
                .get();

        assertThat(List.of(once, piped)).allSatisfy(reply -> {
            assertThat(reply).hasSize(4);
            assertThat(reply.get(0)).isEqualTo(7L);
            assertThat(Reply.text(reply.get(1))).isEqualTo("text");
            assertThat(reply.get(2)).isNull();
            assertThat(Reply.text(reply.get(3))).isEqualTo("last");
        });
    }

    @ParameterizedTest
    @MethodSource("topologies")
    void aSingleCommandStandsInThePlaceOfAScript(Supplier<RedisConnectionFactory> factory) {
        CallExecutor calls = new ConnectionCallExecutor(factory.get());
        Script<Long> set = Script.command("HSET", Reply.LONG);
        Script<List<Object>> get = all();

        assertThat(calls.execute(get.call(List.of(prefix)))).isEmpty();
        assertThat(calls.execute(set.call(List.of(prefix), "field", "value", "other", 7)))
                .isEqualTo(2);
        assertThat(calls.executeAll(List.of(
                        set.call(List.of(prefix), "third", "x"),
                        echo(prefix, "four"),
                        Script.command("NONSENSE", Reply.LONG).call(List.of(prefix)))))
                .satisfies(outcomes -> {
                    assertThat(outcomes.get(0).get()).isEqualTo(1);
                    assertThat(outcomes.get(1).get()).isEqualTo(4);
                    assertThat(outcomes.get(2).error()).isInstanceOf(DataAccessException.class);
                });
        List<String> alone = calls.execute(get.call(List.of(prefix))).stream()
                .map(Reply::text)
                .toList();
        List<String> piped =
                calls.executeAll(List.of(get.call(List.of(prefix)), get.call(List.of(prefix)))).get(1).get().stream()
                        .map(Reply::text)
                        .toList();
        assertThat(alone).containsExactly("field", "value", "other", "7", "third", "x");
        assertThat(piped).isEqualTo(alone);
        assertThatExceptionOfType(DataAccessException.class)
                .isThrownBy(
                        () -> calls.execute(Script.command("GET", Reply.BYTES).call(List.of(prefix))));
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static Script<List<Object>> all() {
        return (Script) Script.command("HGETALL", Reply.LIST);
    }

    @ParameterizedTest
    @MethodSource("clients")
    void oneCallIsOneCommandAndManyAreOnePipeline(Supplier<RedisConnectionFactory> factory) throws Exception {
        CallExecutor calls = new ConnectionCallExecutor(factory.get());
        calls.execute(echo("a", "known"));

        var one = RedisServer.shared().count(() -> calls.execute(echo("a", "value")));
        var many = RedisServer.shared()
                .count(() -> calls.executeAll(List.of(echo("a", "1"), echo("b", "22"), echo("c", "333"))));

        assertThat(one.of("evalsha")).isEqualTo(1);
        assertThat(one.of("eval")).isZero();
        assertThat(many.of("evalsha")).isEqualTo(3);
    }

    @ParameterizedTest
    @MethodSource("clients")
    void aRefusedConnectionIsKnownNotToHaveExecutedTheCall(Supplier<RedisConnectionFactory> factory) throws Exception {
        boolean jedis = factory.get() == RedisServer.shared().jedis();
        try (RedisServer server = RedisServer.start()) {
            RedisConnectionFactory connections = jedis ? server.jedis() : server.lettuce(Duration.ofMillis(500));
            CallExecutor calls = new ConnectionCallExecutor(connections);
            calls.execute(echo("a", "value"));
            server.kill();
            // The first call may find the old connection broken under way.
            assertThat(catchThrowable(() -> calls.execute(echo("a", "value")))).isNotNull();

            Throwable failure = catchThrowable(() -> calls.execute(echo("a", "value")));

            assertThat(FailureKind.of(failure))
                    .isEqualTo(jedis ? FailureKind.NOT_EXECUTED : FailureKind.OUTCOME_UNKNOWN);
        }
    }

    @ParameterizedTest
    @MethodSource("clients")
    void aServerThatDoesNotAnswerLeavesTheOutcomeUnknown(Supplier<RedisConnectionFactory> factory) throws Exception {
        boolean jedis = factory.get() == RedisServer.shared().jedis();
        try (RedisServer server = RedisServer.start()) {
            RedisConnectionFactory connections = jedis ? server.jedis() : server.lettuce(Duration.ofMillis(500));
            CallExecutor calls = new ConnectionCallExecutor(connections);
            calls.execute(echo("a", "value"));
            server.pause();
            try {
                Throwable failure = catchThrowable(() -> calls.execute(echo("a", "value")));

                assertThat(FailureKind.of(failure)).isEqualTo(FailureKind.OUTCOME_UNKNOWN);
            } finally {
                server.resume();
            }
        }
    }

    @Test
    void aFullServerRefuses() throws Exception {
        try (RedisServer server = RedisServer.start("--maxmemory", "1mb", "--maxmemory-policy", "noeviction")) {
            CallExecutor calls = new ConnectionCallExecutor(server.jedis());

            assertThatExceptionOfType(DataAccessException.class)
                    .isThrownBy(() -> {
                        for (int i = 0; i < 1_000; i++) {
                            calls.execute(echo("key" + i, "x".repeat(10_000)));
                        }
                    })
                    .satisfies(failure -> assertThat(FailureKind.of(failure)).isEqualTo(FailureKind.REFUSED));
        }
    }

    @Test
    void aRestartedServerLearnsTheScriptAnew() throws Exception {
        try (RedisServer server = RedisServer.start()) {
            ConnectionGuard calls = new ConnectionGuard(
                    new ConnectionCallExecutor(server.jedis()),
                    ConnectionGuard.backOff(20, java.time.Duration.ofMillis(50), java.time.Duration.ofMillis(200)),
                    CallBreaker.NONE);
            calls.execute(echo("a", "value"));
            server.kill();
            server.restart();

            assertThat(calls.execute(echo("a", "value").asRepeatable())).isEqualTo(5);
        }
    }

    private ScriptCall<Long> echo(String key, String value) {
        return ECHO.call(List.of(prefix + key), value);
    }

    @ParameterizedTest
    @MethodSource("topologies")
    void combinedCallsOfManyThreadsEachGetTheirOwnReply(Supplier<RedisConnectionFactory> factory) {
        CallExecutor calls = new CombiningCallExecutor(new ConnectionCallExecutor(factory.get()));
        List<Callable<Boolean>> tasks = IntStream.range(0, 64)
                .<Callable<Boolean>>mapToObj(thread -> () -> IntStream.range(0, 50)
                        .allMatch(i -> calls.execute(echo("k" + thread + i, "v".repeat(thread + i))) == thread + i))
                .toList();
        ExecutorService threads = Executors.newFixedThreadPool(64);
        try {
            assertThat(threads.invokeAll(tasks))
                    .allSatisfy(task -> assertThat(task.get()).isTrue());
        } catch (InterruptedException ex) {
            throw new IllegalStateException(ex);
        } finally {
            threads.shutdownNow();
        }
    }

    @ParameterizedTest
    @MethodSource("clients")
    void aPipelineOfForgottenScriptsIsTwoPipelines(Supplier<RedisConnectionFactory> factory) throws Exception {
        CallExecutor calls = new ConnectionCallExecutor(factory.get());
        List<ScriptCall<Long>> many =
                IntStream.range(0, 100).mapToObj(i -> echo("k" + i, "v")).toList();
        calls.executeAll(many);
        scriptFlush(factory.get());

        var count = RedisServer.shared()
                .count(() -> assertThat(calls.executeAll(many)).allMatch(outcome -> outcome.error() == null));

        assertThat(count.of("eval")).isEqualTo(1);
        assertThat(count.of("evalsha")).isEqualTo(200);
    }

    private static void scriptFlush(RedisConnectionFactory connections) {
        try (RedisConnection connection = connections.getConnection()) {
            connection.scriptingCommands().scriptFlush();
        }
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static Script<List<Object>> reply() {
        return (Script) Script.load(ConnectionCallExecutorIntegrationTests.class, "reply", Reply.LIST);
    }
}
