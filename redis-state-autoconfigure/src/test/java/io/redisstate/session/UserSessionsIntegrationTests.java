package io.redisstate.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;
import static org.springframework.session.FindByIndexNameSessionRepository.PRINCIPAL_NAME_INDEX_NAME;

import io.redisstate.session.SessionLimit.WhenReached;
import io.redisstate.test.RedisCluster;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.context.ApplicationEvent;
import org.springframework.session.events.SessionCreatedEvent;
import org.springframework.session.events.SessionExpiredEvent;

@RedisTest
class UserSessionsIntegrationTests {

    private final RedisServer redis = RedisServer.shared();
    private final String prefix = redis.uniquePrefix();
    private final List<SessionLoginEvent> logins = new CopyOnWriteArrayList<>();
    private final List<ApplicationEvent> events = new CopyOnWriteArrayList<>();

    private StateSessionRepositoryBuilder builder() {
        return StateSessionRepository.builder(redis.jedis()).keyPrefix(prefix).events(event -> {
            if (event instanceof SessionLoginEvent login) {
                logins.add(login);
            } else if (!(event instanceof SessionCreatedEvent)) {
                events.add(event);
            }
        });
    }

    private static String logIn(StateSessionRepository sessions, String user) {
        StateSession session = sessions.createSession();
        session.setAttribute(PRINCIPAL_NAME_INDEX_NAME, user);
        sessions.save(session);
        return session.getId();
    }

    @Test
    void aUsersSessionsAreListedWithWhereTheyCameFrom() {
        StateSessionRepository sessions = builder().build();
        String id;
        try (SessionClient.Scope scope = new SessionClient("192.0.2.7", "Browser/1.0").open()) {
            id = logIn(sessions, "alice");
        }
        String other = logIn(sessions, "alice");
        logIn(sessions, "bob");

        List<UserSession> list = sessions.userSessions().list("alice");

        assertThat(list).extracting(UserSession::id).containsExactlyInAnyOrder(id, other);
        UserSession first = list.stream()
                .filter(session -> session.id().equals(id))
                .findFirst()
                .orElseThrow();
        assertThat(first.address()).isEqualTo("192.0.2.7");
        assertThat(first.userAgent()).isEqualTo("Browser/1.0");
        assertThat(first.created())
                .isEqualTo(Objects.requireNonNull(sessions.findById(id)).getCreationTime());
        assertThat(first.lastAccess()).isAfterOrEqualTo(first.created());
        assertThat(list.stream().map(UserSession::reference).distinct())
                .hasSize(2)
                .allMatch(text -> text.length() == 32);
        assertThat(first.toString()).doesNotContain(id);
        assertThat(sessions.userSessions().count("alice")).isEqualTo(2);
        assertThat(sessions.userSessions().list("nobody")).isEmpty();
    }

    @Test
    void eachLoginIsToldOnce() {
        StateSessionRepository sessions = builder().build();
        StateSession session = sessions.createSession();
        sessions.save(session);
        assertThat(logins).isEmpty();
        try (SessionClient.Scope scope = new SessionClient("192.0.2.7", "Browser/1.0").open()) {
            session.changeSessionId();
            session.setAttribute(PRINCIPAL_NAME_INDEX_NAME, "alice");
            sessions.save(session);
        }
        session.setAttribute("a", 1);
        sessions.save(session);
        sessions.save(Objects.requireNonNull(sessions.findById(session.getId())));

        assertThat(logins).hasSize(1).first().satisfies(event -> {
            assertThat(event.user()).isEqualTo("alice");
            assertThat(event.login().what()).isEqualTo(UserActivity.LOGIN);
            assertThat(event.login().session()).isEqualTo(UserSession.referenceOf(session.getId()));
            assertThat(event.login().address()).isEqualTo("192.0.2.7");
            assertThat(event.toString()).doesNotContain(session.getId());
        });
        logIn(sessions, "bob");
        assertThat(logins).extracting(SessionLoginEvent::user).containsExactly("alice", "bob");
    }

    @Test
    void whatIsNotedOfSessionsExpiresThoughNobodyRemovesIt() {
        StateSessionRepository sessions =
                builder().timeout(Duration.ofMinutes(30)).build();
        SessionSweeper sweeper = new SessionSweeper(sessions, Duration.ofMillis(100));
        sweeper.start();
        try {
            logIn(sessions, "alice");
            StateSession session = sessions.createSession();
            session.setMaxInactiveInterval(Duration.ofDays(9));
            session.setAttribute(PRINCIPAL_NAME_INDEX_NAME, "bob");
            sessions.save(session);
            logIn(sessions, "bob");
            await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> assertThat(redis.keys(prefix))
                    .allSatisfy(key -> assertThat((Long) redis.command("PTTL", key))
                            .as(key)
                            .isPositive()));
        } finally {
            sweeper.stop();
        }
        Duration day = Duration.ofDays(1);
        assertThat((Long) redis.command("PTTL", prefix + ":session-user:{alice}"))
                .isBetween(day.toMillis(), day.plusHours(1).toMillis());
        for (String key : List.of(":session-user:{bob}", ":session-expiry:{due}")) {
            assertThat((Long) redis.command("PTTL", prefix + key))
                    .isBetween(
                            day.multipliedBy(9).toMillis(), day.multipliedBy(11).toMillis());
        }
    }

    @Test
    void oneAllOrAllButOneAreRevoked() {
        StateSessionRepository sessions = builder().build();
        UserSessions users = sessions.userSessions();
        List<String> ids =
                IntStream.range(0, 5).mapToObj(i -> logIn(sessions, "alice")).toList();
        String bob = logIn(sessions, "bob");

        assertThat(users.revoke("alice", ids.get(0))).isTrue();
        assertThat(users.revoke("alice", ids.get(0))).isFalse();
        assertThat(users.revoke("alice", UserSession.referenceOf(ids.get(1)))).isTrue();
        assertThat(users.revoke("alice", bob)).isFalse();
        assertThat(users.list("alice"))
                .extracting(UserSession::id)
                .containsExactlyInAnyOrderElementsOf(ids.subList(2, 5));
        assertThat(users.revokeAllBut("alice", ids.get(4))).isEqualTo(2);
        assertThat(sessions.findById(ids.get(2))).isNull();
        assertThat(sessions.findById(ids.get(4))).isNotNull();
        assertThat(users.revokeAll("alice")).isEqualTo(1);
        assertThat(users.revokeAll("alice")).isZero();

        assertThat(sessions.findById(bob)).isNotNull();
        assertThat(events).hasSize(5).allMatch(SessionRevokedEvent.class::isInstance);
        assertThat(redis.keys(prefix + ":session-user:{alice}")).isEmpty();
    }

    @Test
    void aListNeverShowsWhatIsNotTheUsers() {
        StateSessionRepository sessions = builder().build();
        String bob = logIn(sessions, "bob");
        redis.command("ZADD", prefix + ":session-user:{alice}", "1", bob);

        assertThat(sessions.userSessions().list("alice")).isEmpty();
        assertThat(sessions.findByPrincipalName("alice")).isEmpty();
        assertThat(sessions.userSessions().revokeAll("alice")).isZero();
        assertThat(sessions.findById(bob)).isNotNull();
        assertThat(redis.keys(prefix + ":session-user:{alice}")).isEmpty();
    }

    @Test
    void anotherUserInTheSameSessionTakesItFromTheFirst() {
        StateSessionRepository sessions = builder().build();
        String id = logIn(sessions, "alice");
        StateSession session = Objects.requireNonNull(sessions.findById(id));
        session.setAttribute(PRINCIPAL_NAME_INDEX_NAME, "bob");
        sessions.save(session);

        assertThat(sessions.userSessions().list("alice")).isEmpty();
        assertThat(sessions.userSessions().list("bob")).hasSize(1);

        session.removeAttribute(PRINCIPAL_NAME_INDEX_NAME);
        sessions.save(session);
        assertThat(sessions.userSessions().list("bob")).isEmpty();
        assertThat(sessions.findById(id)).isNotNull();
        assertThat(redis.command("ZCARD", prefix + ":session-expiry:{due}")).isEqualTo(1L);
    }

    @Test
    void beyondTheLimitTheOldestLoginEnds() {
        StateSessionRepository sessions =
                builder().limit(new SessionLimit(2, WhenReached.END_OLDEST)).build();
        String first = logIn(sessions, "alice");
        String second = logIn(sessions, "alice");
        awaitNextMillisecond();
        String third = logIn(sessions, "alice");

        assertThat(sessions.userSessions().list("alice"))
                .hasSize(2)
                .extracting(UserSession::id)
                .contains(third);
        assertThat(sessions.findById(third)).isNotNull();
        assertThat(List.of(first, second))
                .filteredOn(id -> sessions.findById(id) == null)
                .hasSize(1);
        assertThat(events).hasExactlyElementsOfTypes(SessionRevokedEvent.class);
    }

    private static void awaitNextMillisecond() {
        long now = System.currentTimeMillis();
        await().pollInterval(Duration.ofMillis(2)).until(() -> System.currentTimeMillis() > now + 1);
    }

    @Test
    void beyondTheLimitALoginIsRefused() {
        StateSessionRepository sessions =
                builder().limit(new SessionLimit(2, WhenReached.REFUSE)).build();
        String first = logIn(sessions, "alice");
        logIn(sessions, "alice");
        StateSession third = sessions.createSession();

        assertThatExceptionOfType(TooManySessionsException.class)
                .isThrownBy(() -> third.setAttribute(PRINCIPAL_NAME_INDEX_NAME, "alice"))
                .withMessageContaining("2");
        assertThat(third.<String>getAttribute(PRINCIPAL_NAME_INDEX_NAME)).isNull();
        sessions.save(third);
        assertThat(sessions.userSessions().count("alice")).isEqualTo(2);
        logIn(sessions, "bob");

        sessions.deleteById(first);
        StateSession again = Objects.requireNonNull(sessions.findById(third.getId()));
        again.setAttribute(PRINCIPAL_NAME_INDEX_NAME, "alice");
        sessions.save(again);
        assertThat(sessions.userSessions().count("alice")).isEqualTo(2);
    }

    @Test
    void theLimitHoldsForLoginsAtTheSameTime() throws Exception {
        StateSessionRepository sessions =
                builder().limit(new SessionLimit(3, WhenReached.REFUSE)).build();
        ExecutorService threads = Executors.newFixedThreadPool(20);
        CountDownLatch start = new CountDownLatch(1);
        int admitted = 0;
        try {
            List<Future<@Nullable String>> logins = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                logins.add(threads.submit(() -> {
                    start.await();
                    try {
                        return logIn(sessions, "alice");
                    } catch (TooManySessionsException ex) {
                        return null;
                    }
                }));
            }
            start.countDown();
            for (Future<@Nullable String> login : logins) {
                admitted += login.get() == null ? 0 : 1;
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(admitted).isEqualTo(3);
        assertThat(sessions.userSessions().count("alice")).isEqualTo(3);
    }

    @Test
    void endedSessionsDoNotCountAgainstTheLimit() {
        StateSessionRepository sessions =
                builder().limit(new SessionLimit(1, WhenReached.REFUSE)).build();
        String first = logIn(sessions, "alice");
        // As after an eviction: the session is gone, what is noted about it is not.
        redis.command("DEL", redis.keys(prefix + ":session:").get(0));
        redis.command("ZADD", prefix + ":session-user:{alice}", "1000", first);

        String second = logIn(sessions, "alice");

        assertThat(sessions.userSessions().list("alice"))
                .extracting(UserSession::id)
                .containsExactly(second);
    }

    @Test
    void whatUsersDidIsKeptUpToABound() {
        StateSessionRepository sessions =
                builder().activity(4, Duration.ofDays(1)).build();
        UserSessions users = sessions.userSessions();
        try (SessionClient.Scope scope = new SessionClient("192.0.2.7", "Browser\n1.0").open()) {
            String id = logIn(sessions, "alice");
            users.record("alice", "password-changed", id);
            sessions.deleteById(id);
        }
        logIn(sessions, "alice");
        users.revokeAll("alice");

        List<UserActivity> activity = users.activity("alice");
        assertThat(activity)
                .extracting(UserActivity::what)
                .containsExactly(UserActivity.REVOKED, UserActivity.LOGIN, UserActivity.LOGOUT, "password-changed");
        assertThat(activity.get(3).address()).isEqualTo("192.0.2.7");
        assertThat(activity.get(3).userAgent()).isEqualTo("Browser 1.0");
        assertThat((Long) redis.command("PTTL", prefix + ":session-user:{alice}:activity"))
                .isPositive();
        assertThat(builder().build().userSessions().activity("bob")).isEmpty();
    }

    @Test
    void endsAreToldOnceHoweverManyInstancesLook() {
        int count = 300;
        List<StateSessionRepository> instances = List.of(
                builder()
                        .timeout(Duration.ofSeconds(2))
                        .activity(5, Duration.ofDays(1))
                        .build(),
                builder()
                        .timeout(Duration.ofSeconds(2))
                        .activity(5, Duration.ofDays(1))
                        .build());
        for (int i = 0; i < count; i++) {
            logIn(instances.get(i % 2), "user" + i % 10);
        }
        String used = logIn(instances.get(0), "user0");
        List<SessionSweeper> sweepers = instances.stream()
                .map(sessions -> new SessionSweeper(sessions, Duration.ofMillis(100)))
                .toList();
        sweepers.forEach(SessionSweeper::start);
        try {
            await().atMost(Duration.ofSeconds(60))
                    .pollInterval(Duration.ofMillis(200))
                    .until(() -> {
                        StateSession session =
                                Objects.requireNonNull(instances.get(1).findById(used));
                        session.setLastAccessedTime(Instant.now());
                        instances.get(1).save(session);
                        return events.size() >= count;
                    });
            assertThat(redis.command("ZCARD", prefix + ":session-expiry:{due}")).isEqualTo(1L);
        } finally {
            sweepers.forEach(SessionSweeper::stop);
        }
        assertThat(events).hasSize(count).allMatch(SessionExpiredEvent.class::isInstance);
        assertThat(events.stream()
                        .map(event -> ((SessionExpiredEvent) event).getSessionId())
                        .distinct())
                .hasSize(count);
        StateSession ended = ((SessionExpiredEvent) events.get(0)).getSession();
        assertThat(ended.<String>getAttribute(PRINCIPAL_NAME_INDEX_NAME)).startsWith("user");
        assertThat(redis.keys(prefix + ":session-user:"))
                .filteredOn(key -> !key.endsWith(":activity"))
                .containsExactly(prefix + ":session-user:{user0}");
        assertThat(instances.get(0).userSessions().activity("user1"))
                .first()
                .extracting(UserActivity::what)
                .isEqualTo(UserActivity.EXPIRED);
    }

    @Test
    void theEndOfASessionThatVanishedIsToldAndItsNotesAreRemoved() {
        StateSessionRepository sessions = builder().build();
        String id = logIn(sessions, "alice");
        String young = logIn(sessions, "bob");
        redis.keys(prefix + ":session:").forEach(key -> redis.command("DEL", key));
        String due = prefix + ":session-expiry:{due}";
        // One was to end so long ago that Redis itself has removed it; the other just now, so it was ended by someone.
        redis.command("ZADD", due, String.valueOf(System.currentTimeMillis() - 600_000), id + "\nalice");
        redis.command("ZADD", due, String.valueOf(System.currentTimeMillis() - 1_000), young + "\nbob");

        assertThat(new SessionSweeper(sessions, Duration.ofSeconds(1)).sweep()).isEqualTo(2);

        assertThat(events).hasExactlyElementsOfTypes(SessionExpiredEvent.class);
        assertThat(((SessionExpiredEvent) events.get(0)).getSessionId()).isEqualTo(id);
        assertThat(redis.keys(prefix)).containsExactly(due + ":sweeper");
    }

    @Test
    void oneInstanceSweepsAtATimeAndAnotherFollows() {
        StateSessionRepository sessions = builder().build();
        logIn(sessions, "alice");
        String due = prefix + ":session-expiry:{due}";
        SessionSweeper one = new SessionSweeper(sessions, Duration.ofMillis(100));
        SessionSweeper two = new SessionSweeper(sessions, Duration.ofMillis(100));
        assertThat(one.sweep()).isZero();
        redis.command("ZADD", due, "1000", "aaaaaaaaaaaaaaaaaaaaaaaaaaaa\nalice");

        assertThat(two.sweep()).isZero();
        assertThat((Long) redis.command("PTTL", due + ":sweeper")).isBetween(1L, 5_100L);
        redis.command("DEL", due + ":sweeper");
        assertThat(two.sweep()).isEqualTo(1);
        assertThat(one.sweep()).isZero();
    }

    @Test
    void allOfItWorksInACluster() {
        StateSessionRepository sessions = StateSessionRepository.builder(
                        RedisCluster.shared().jedis())
                .keyPrefix(prefix)
                .limit(new SessionLimit(2, WhenReached.REFUSE))
                .activity(10, Duration.ofDays(1))
                .timeout(Duration.ofSeconds(1))
                .events(events::add)
                .build();
        String one = logIn(sessions, "alice");
        String two = logIn(sessions, "alice");
        assertThatExceptionOfType(TooManySessionsException.class).isThrownBy(() -> logIn(sessions, "alice"));
        assertThat(sessions.userSessions().list("alice"))
                .extracting(UserSession::id)
                .containsExactlyInAnyOrder(one, two);
        assertThat(sessions.userSessions().revoke("alice", one)).isTrue();
        SessionSweeper sweeper = new SessionSweeper(sessions, Duration.ofMillis(100));
        await().atMost(Duration.ofSeconds(30)).until(() -> sweeper.sweep() == 1);
        assertThat(events).last().isInstanceOf(SessionExpiredEvent.class);
        assertThat(sessions.userSessions().activity("alice"))
                .extracting(UserActivity::what)
                .containsExactly("expired", "revoked", "login", "login");
    }
}
