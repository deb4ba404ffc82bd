package io.redisstate.structure.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.redisstate.core.CallExecutor;
import io.redisstate.core.ConnectionGuard;
import io.redisstate.core.Reply;
import io.redisstate.core.Script;
import io.redisstate.core.ScriptCall;
import io.redisstate.structure.Deployments;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.dao.DataAccessException;
import org.springframework.data.redis.connection.RedisConnectionFactory;

@RedisTest
class PipelinesIntegrationTests {

    private final RedisServer redis = RedisServer.shared();
    private final String prefix = redis.uniquePrefix();

    @ParameterizedTest
    @MethodSource("io.redisstate.structure.Deployments#all")
    void resultsAreThoseOfCommandsOneByOne(Supplier<RedisConnectionFactory> factory) {
        Random random = new Random(System.nanoTime());
        Pipelines pipelines = Deployments.structures(factory).pipelines();
        Map<String, Long> model = new HashMap<>();
        List<PipelineResult<Long>> results = new ArrayList<>();
        List<Long> expected = new ArrayList<>();
        try (Pipeline pipeline = pipelines.open(60)) {
            for (int i = 0; i < 1_000; i++) {
                String key = prefix + ":" + random.nextInt(50);
                long by = random.nextLong(100);
                expected.add(model.merge(key, by, Long::sum));
                results.add(pipeline.command(Reply.LONG, "INCRBY", key, by));
            }
        }
        assertThat(results.stream().map(PipelineResult::get).toList()).isEqualTo(expected);
        var get = Script.command("GET", Reply.BYTES);
        List<String> keys = List.copyOf(model.keySet());
        assertThat(pipelines.forEach(keys, key -> get.call(List.of(key))).stream()
                        .map(outcome -> Reply.text(outcome.get()))
                        .toList())
                .isEqualTo(
                        keys.stream().map(key -> String.valueOf(model.get(key))).toList());
        Pipeline removal = pipelines.open();
        keys.forEach(key ->
                assertThat(removal.command(Reply.LONG, "DEL", key).isDone()).isFalse());
        assertThat(removal.send()).isZero();
    }

    @ParameterizedTest
    @MethodSource("io.redisstate.structure.Deployments#all")
    void oneThatFailsDoesNotStopTheOthers(Supplier<RedisConnectionFactory> factory) {
        Pipeline pipeline = Deployments.structures(factory).pipelines().open();
        String key = prefix + ":text";
        var set = pipeline.command(Reply.BYTES, "GETSET", key, "text");
        PipelineResult<Long> wrong = pipeline.command(Reply.LONG, "INCRBY", key, 1);
        PipelineResult<Long> right = pipeline.command(Reply.LONG, "STRLEN", key);
        assertThatIllegalStateException().isThrownBy(right::get).withMessageContaining("not sent yet");
        assertThat(pipeline.send()).isEqualTo(1);
        assertThat(set.get()).isNull();
        assertThat(wrong.hasFailed()).isTrue();
        assertThatExceptionOfType(DataAccessException.class).isThrownBy(wrong::get);
        assertThat(right.get()).isEqualTo(4);
        PipelineResult<Long> removed = pipeline.command(Reply.LONG, "DEL", key);
        pipeline.close();
        assertThat(removed.get()).isEqualTo(1);
    }

    @Test
    void eachPieceIsSentTogether() {
        List<Integer> pieces = new ArrayList<>();
        CallExecutor real = ConnectionGuard.of(redis.jedis());
        Pipelines pipelines = new Pipelines(new CallExecutor() {
            @Override
            public <T extends @Nullable Object> T execute(ScriptCall<T> call) {
                throw new AssertionError("one by one");
            }

            @Override
            public <T extends @Nullable Object> List<Outcome<T>> executeAll(List<ScriptCall<T>> calls) {
                pieces.add(calls.size());
                return real.executeAll(calls);
            }
        });
        Script<Long> exists = Script.command("EXISTS", Reply.LONG);
        pipelines.forEach(IntStream.range(0, 1_100).boxed().toList(), i -> exists.call(List.of(prefix + i)));
        assertThat(pieces).containsExactly(500, 500, 100);
        pieces.clear();
        try (Pipeline pipeline = pipelines.open(2)) {
            for (int i = 0; i < 3; i++) {
                assertThat(pipeline.add(exists.call(List.of(prefix + i))).isDone())
                        .isEqualTo(i == 1);
            }
        }
        assertThat(pieces).containsExactly(2, 1);
        assertThatIllegalArgumentException().isThrownBy(() -> pipelines.open(0)).withMessageContaining("is 0");
    }

    @Test
    void whenRedisIsAwayEveryResultSaysSo() {
        RedisServer own = RedisServer.start();
        Pipeline pipeline = new Pipelines(ConnectionGuard.of(own.jedis())).open();
        PipelineResult<Long> first = pipeline.command(Reply.LONG, "EXISTS", "a");
        PipelineResult<Long> second = pipeline.command(Reply.LONG, "EXISTS", "b");
        own.kill();
        assertThat(pipeline.send()).isEqualTo(2);
        assertThatExceptionOfType(DataAccessException.class).isThrownBy(first::get);
        assertThatExceptionOfType(DataAccessException.class).isThrownBy(second::get);
        own.close();
    }
}
