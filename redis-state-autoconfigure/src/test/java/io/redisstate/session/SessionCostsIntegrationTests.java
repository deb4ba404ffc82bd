package io.redisstate.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.session.FindByIndexNameSessionRepository.PRINCIPAL_NAME_INDEX_NAME;

import io.redisstate.core.CallExecutor;
import io.redisstate.core.ConnectionGuard;
import io.redisstate.core.ScriptCall;
import io.redisstate.test.CommandCount;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** How many commands Redis runs for each use of a session, those inside scripts included, and in how many round trips. */
@RedisTest
class SessionCostsIntegrationTests {

    private static final int TIMES = 50;
    private static final RedisServer SERVER = RedisServer.start();

    private final AtomicInteger trips = new AtomicInteger();
    private final StateSessionRepository sessions = StateSessionRepository.builder(SERVER.jedis())
            .calls(new Counting(ConnectionGuard.of(SERVER.jedis())))
            .build();

    @AfterAll
    static void stop() {
        SERVER.close();
    }

    private String stored() {
        StateSession session = sessions.createSession();
        session.setAttribute(PRINCIPAL_NAME_INDEX_NAME, "user");
        session.setAttribute("a", 1);
        sessions.save(session);
        return session.getId();
    }

    /** What Spring Session's filter does with the session of a request. */
    private StateSession request(String id) {
        StateSession session = Objects.requireNonNull(sessions.findById(id));
        session.setLastAccessedTime(Instant.now());
        return session;
    }

    @Test
    void aNewSessionInTheListOfItsUserIsFourCommandsInOneRoundTrip() throws Exception {
        stored();
        trips.set(0);
        CommandCount count = SERVER.count(() -> {
            for (int i = 0; i < TIMES; i++) {
                stored();
            }
        });
        assertThat(count.total()).isEqualTo(4L * TIMES);
        assertThat(trips).hasValue(TIMES);
    }

    @Test
    void aRequestThatChangesNothingIsOneCommand() throws Exception {
        String id = stored();
        trips.set(0);
        CommandCount count = SERVER.count(() -> {
            for (int i = 0; i < TIMES; i++) {
                StateSession session = request(id);
                session.setAttribute("a", 1);
                sessions.save(session);
            }
        });
        assertThat(count.all()).containsOnlyKeys("hgetall").containsValue((long) TIMES);
        assertThat(trips).hasValue(TIMES);
    }

    @Test
    void aRequestThatChangesSomethingIsThreeCommandsInTwoRoundTrips() throws Exception {
        String id = stored();
        CommandCount unused = SERVER.count(() -> change(id, -1));
        assertThat(unused.total()).isPositive();
        trips.set(0);
        CommandCount count = SERVER.count(() -> {
            for (int i = 0; i < TIMES; i++) {
                change(id, i);
            }
        });
        assertThat(count.total()).isEqualTo(3L * TIMES);
        assertThat(trips).hasValue(2 * TIMES);
    }

    private void change(String id, int value) {
        StateSession session = request(id);
        session.setAttribute("counter", value);
        sessions.save(session);
    }

    @Test
    void onceInATouchIntervalTheLastAccessIsNotedInOneRoundTripMore() throws Exception {
        String id = stored();
        trips.set(0);
        CommandCount count = SERVER.count(() -> {
            for (int i = 1; i <= 10; i++) {
                StateSession session = request(id);
                session.setLastAccessedTime(Instant.now().plus(Duration.ofSeconds(12L * i)));
                sessions.save(session);
            }
        });
        // Two minutes of requests, twelve seconds apart: two notes.
        assertThat(count.of("hgetall")).isEqualTo(10);
        assertThat(count.of("pexpire")).isEqualTo(2);
        assertThat(trips).hasValue(12);
    }

    @Test
    void nothingIsAskedBeforeASessionIsUsed() throws Exception {
        CommandCount count = SERVER.count(() -> {
            StateSessionRepository fresh =
                    StateSessionRepository.builder(SERVER.jedis()).build();
            SessionSweeper sweeper = new SessionSweeper(fresh, Duration.ofMillis(100));
            sweeper.start();
            fresh.createSession().setAttribute("a", 1);
            assertThat(sweeper.isRunning()).isTrue();
            sweeper.stop();
            assertThat(sweeper.isRunning()).isFalse();
        });
        assertThat(count.total()).isZero();
    }

    /** Counts what goes over the wire together. */
    private final class Counting implements CallExecutor {

        private final CallExecutor target;

        Counting(CallExecutor target) {
            this.target = target;
        }

        @Override
        public <T extends @Nullable Object> T execute(ScriptCall<T> call) {
            trips.incrementAndGet();
            return target.execute(call);
        }

        @Override
        public <T extends @Nullable Object> List<Outcome<T>> executeAll(List<ScriptCall<T>> calls) {
            trips.incrementAndGet();
            return target.executeAll(calls);
        }
    }
}
