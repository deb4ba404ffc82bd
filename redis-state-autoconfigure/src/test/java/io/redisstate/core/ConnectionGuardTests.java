package io.redisstate.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.redisstate.core.CallExecutor.Outcome;
import java.net.ConnectException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.dao.InvalidDataAccessApiUsageException;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.data.redis.RedisConnectionFailureException;

class ConnectionGuardTests {

    private static final Script<Long> ECHO = Script.load(ConnectionGuardTests.class, "echo", Reply.LONG);

    private final Scripted target = new Scripted();
    private final ConnectionGuard guard = new ConnectionGuard(
            target, ConnectionGuard.backOff(2, Duration.ofMillis(1), Duration.ofMillis(4)), CallBreaker.NONE);

    @Test
    void whatWasNotExecutedIsSentAgain() {
        target.answers(notExecuted(), notExecuted(), 5L);

        assertThat(guard.execute(call())).isEqualTo(5);
        assertThat(target.calls).hasSize(3);
    }

    @Test
    void whatMayHaveBeenExecutedIsSentAgainOnlyIfRepeatable() {
        target.answers(unknown(), 5L);
        assertThat(guard.execute(call().asRepeatable())).isEqualTo(5);

        target.answers(unknown(), 5L);
        assertThatExceptionOfType(QueryTimeoutException.class).isThrownBy(() -> guard.execute(call()));
    }

    @Test
    void whatWasRefusedIsNotSentAgain() {
        target.answers(refused(), 5L);

        assertThatExceptionOfType(InvalidDataAccessApiUsageException.class)
                .isThrownBy(() -> guard.execute(call().asRepeatable()));
        assertThat(target.calls).hasSize(1);
    }

    @Test
    void theLastFailureIsThrownWhenTheAttemptsAreUsedUp() {
        target.answers(notExecuted(), notExecuted(), notExecuted(), 5L);

        assertThatExceptionOfType(RedisConnectionFailureException.class).isThrownBy(() -> guard.execute(call()));
        assertThat(target.calls).hasSize(3);
    }

    @Test
    void noAttemptsMeansNoRepetition() {
        ConnectionGuard once = new ConnectionGuard(
                target, ConnectionGuard.backOff(0, Duration.ofMillis(1), Duration.ofMillis(1)), CallBreaker.NONE);
        target.answers(notExecuted(), 5L);

        assertThatExceptionOfType(RedisConnectionFailureException.class).isThrownBy(() -> once.execute(call()));
    }

    @Test
    void anInterruptedThreadGetsTheFailureAndKeepsItsFlag() {
        ConnectionGuard patient = new ConnectionGuard(
                target, ConnectionGuard.backOff(2, Duration.ofHours(1), Duration.ofHours(1)), CallBreaker.NONE);
        target.answers(notExecuted(), 5L);
        Thread.currentThread().interrupt();

        assertThatExceptionOfType(RedisConnectionFailureException.class).isThrownBy(() -> patient.execute(call()));
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void ofManyCallsOnlyTheFailedOnesAreSentAgain() {
        ScriptCall<Long> first = call();
        ScriptCall<Long> second = call();
        ScriptCall<Long> third = call();
        target.answers(1L, notExecuted(), refused(), 2L);

        List<Outcome<Long>> outcomes = guard.executeAll(List.of(first, second, third));

        assertThat(outcomes.get(0).get()).isEqualTo(1);
        assertThat(outcomes.get(1).get()).isEqualTo(2);
        assertThat(outcomes.get(2).error()).isInstanceOf(InvalidDataAccessApiUsageException.class);
        assertThat(target.calls).containsExactly(first, second, third, second);
    }

    @Test
    void aPipelineOfWhichNoCallGotAReplyIsSentAgainAsAWholeAndNoMoreOftenThanOneCall() {
        ScriptCall<Long> first = call().asRepeatable();
        ScriptCall<Long> second = call().asRepeatable();
        target.answers(notExecuted(), unknown(), 1L, 2L);
        assertThat(guard.executeAll(List.of(first, second)))
                .extracting(Outcome::get)
                .containsExactly(1L, 2L);
        assertThat(target.calls).containsExactly(first, second, first, second);

        Object[] failures = new Object[100];
        Arrays.setAll(failures, i -> unknown());
        target.answers(failures);
        assertThatExceptionOfType(QueryTimeoutException.class)
                .isThrownBy(() -> guard.executeAll(List.of(first, second)));
        int pipelines = target.calls.size() / 2;
        target.answers(failures);
        assertThatExceptionOfType(QueryTimeoutException.class).isThrownBy(() -> guard.execute(first));
        assertThat(target.calls).hasSize(pipelines);

        target.answers(notExecuted(), unknown());
        assertThatExceptionOfType(QueryTimeoutException.class)
                .isThrownBy(() -> guard.executeAll(List.of(first, call())));
        assertThat(target.calls).hasSize(2);
    }

    @Test
    void anOpenCircuitBreakerFailsAtOnceWithoutACallAndShowsItsState() {
        CircuitBreaker circuit = CircuitBreaker.of(
                "redis",
                CircuitBreakerConfig.custom()
                        .minimumNumberOfCalls(2)
                        .slidingWindowSize(2)
                        .recordException(Resilience4jBreaker::recordsFailure)
                        .build());
        ConnectionGuard guarded = new ConnectionGuard(
                target,
                ConnectionGuard.backOff(1, Duration.ofMillis(1), Duration.ofMillis(1)),
                new Resilience4jBreaker(circuit));
        assertThat(guarded.state()).isEqualTo(CallBreaker.State.CLOSED);
        target.answers(notExecuted(), notExecuted(), 5L);

        assertThatExceptionOfType(RedisConnectionFailureException.class).isThrownBy(() -> guarded.execute(call()));
        assertThat(guarded.state()).isEqualTo(CallBreaker.State.OPEN);
        assertThatExceptionOfType(RedisUnavailableException.class)
                .isThrownBy(() -> guarded.execute(call()))
                .withMessageContaining("'redis' is OPEN");
        assertThat(target.calls).hasSize(2);
    }

    @Test
    void refusalsDoNotOpenTheCircuitBreaker() {
        assertThat(Resilience4jBreaker.recordsFailure(refused())).isFalse();
        assertThat(Resilience4jBreaker.recordsFailure(unknown())).isTrue();
    }

    private static ScriptCall<Long> call() {
        return ECHO.call(List.of("key"), "value");
    }

    private static RuntimeException notExecuted() {
        return new RedisConnectionFailureException("down", new ConnectException("Connection refused"));
    }

    private static RuntimeException unknown() {
        return new QueryTimeoutException("Redis command timed out");
    }

    private static RuntimeException refused() {
        return new InvalidDataAccessApiUsageException("ERR asked to fail");
    }

    /** Gives prepared answers, so that failures come in an exact order. */
    private static final class Scripted implements CallExecutor {

        private final Deque<Object> answers = new ArrayDeque<>();
        private final List<ScriptCall<?>> calls = new ArrayList<>();

        void answers(Object... next) {
            answers.clear();
            calls.clear();
            answers.addAll(Arrays.asList(next));
        }

        @Override
        @SuppressWarnings("unchecked")
        public <T extends @Nullable Object> T execute(ScriptCall<T> call) {
            calls.add(call);
            Object answer = answers.remove();
            if (answer instanceof RuntimeException failure) {
                throw failure;
            }
            return (T) answer;
        }

        @Override
        public <T extends @Nullable Object> List<Outcome<T>> executeAll(List<ScriptCall<T>> many) {
            List<Outcome<T>> outcomes = new ArrayList<>();
            for (ScriptCall<T> call : many) {
                try {
                    outcomes.add(new Outcome<>(execute(call), null));
                } catch (RuntimeException ex) {
                    outcomes.add(new Outcome<>(null, ex));
                }
            }
            return outcomes;
        }
    }
}
