package io.redisstate.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.session.FindByIndexNameSessionRepository.PRINCIPAL_NAME_INDEX_NAME;

import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.springframework.session.events.SessionDestroyedEvent;

@RedisTest
class SessionLoadIntegrationTests {

    private static final int SESSIONS = 10_000;
    private static final int THREADS = 16;

    private final RedisServer redis = RedisServer.shared();
    private final String prefix = redis.uniquePrefix();
    private final AtomicInteger ended = new AtomicInteger();

    @Test
    void tenThousandSessionsAreCreatedChangedReadAndEnded() throws Exception {
        StateSessionRepository sessions = StateSessionRepository.builder(redis.jedis())
                .keyPrefix(prefix)
                .events(event -> ended.addAndGet(event instanceof SessionDestroyedEvent ? 1 : 0))
                .build();
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            List<Future<List<String>>> work = new ArrayList<>();
            for (int thread = 0; thread < THREADS; thread++) {
                int first = thread;
                work.add(threads.submit(() -> {
                    List<String> ids = new ArrayList<>();
                    for (int i = first; i < SESSIONS; i += THREADS) {
                        ids.add(use(sessions, i));
                    }
                    return ids;
                }));
            }
            List<String> ids = new ArrayList<>();
            for (Future<List<String>> own : work) {
                ids.addAll(own.get());
            }
            assertThat(ids).hasSize(SESSIONS).doesNotHaveDuplicates();
        } finally {
            threads.shutdownNow();
        }
        assertThat(redis.command("ZCARD", prefix + ":session-expiry:{due}")).isEqualTo((long) SESSIONS);
        assertThat(sessions.userSessions().list("user3")).hasSize(SESSIONS / 100);

        // The time of all of them comes at once.
        redis.keys(prefix + ":session:").forEach(key -> redis.command("PEXPIRE", key, "100000"));
        assertThat(redis.command("ZUNIONSTORE", due(), "1", due(), "WEIGHTS", "0.5"))
                .isEqualTo((long) SESSIONS);
        SessionSweeper sweeper = new SessionSweeper(sessions, Duration.ofSeconds(1));
        int swept = 0;
        for (int batch = sweeper.sweep(); batch > 0; batch = sweeper.sweep()) {
            swept += batch;
        }
        assertThat(swept).isEqualTo(SESSIONS);
        assertThat(ended).hasValue(SESSIONS);
        assertThat(redis.keys(prefix)).containsExactly(due() + ":sweeper");
    }

    private String due() {
        return prefix + ":session-expiry:{due}";
    }

    private static String use(StateSessionRepository sessions, int number) {
        StateSession session = sessions.createSession();
        session.setAttribute(PRINCIPAL_NAME_INDEX_NAME, "user" + number % 100);
        sessions.save(session);
        StateSession again = Objects.requireNonNull(sessions.findById(session.getId()));
        again.setAttribute("number", number);
        sessions.save(again);
        StateSession read = Objects.requireNonNull(sessions.findById(session.getId()));
        assertThat(read.<Integer>getAttribute("number")).isEqualTo(number);
        return session.getId();
    }
}
