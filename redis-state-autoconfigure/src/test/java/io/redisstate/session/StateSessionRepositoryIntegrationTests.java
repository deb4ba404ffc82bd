package io.redisstate.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;
import static org.springframework.session.FindByIndexNameSessionRepository.PRINCIPAL_NAME_INDEX_NAME;

import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import io.redisstate.test.Topologies;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.ApplicationEvent;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.session.FlushMode;
import org.springframework.session.SaveMode;
import org.springframework.session.events.SessionCreatedEvent;
import org.springframework.session.events.SessionDeletedEvent;

@RedisTest
class StateSessionRepositoryIntegrationTests {

    private final RedisServer redis = RedisServer.shared();
    private final String prefix = redis.uniquePrefix();
    private final List<ApplicationEvent> events = new CopyOnWriteArrayList<>();

    static Stream<Named<Supplier<RedisConnectionFactory>>> topologies() {
        return Topologies.all();
    }

    private StateSessionRepositoryBuilder builder() {
        return builder(redis.jedis());
    }

    private StateSessionRepositoryBuilder builder(RedisConnectionFactory connections) {
        return StateSessionRepository.builder(connections).keyPrefix(prefix).events(events::add);
    }

    private static StateSession found(StateSessionRepository sessions, String id) {
        return Objects.requireNonNull(sessions.findById(id), "no session");
    }

    private static StateSession saved(StateSessionRepository sessions, String name, Object value) {
        StateSession session = sessions.createSession();
        session.setAttribute(name, value);
        sessions.save(session);
        return session;
    }

    @ParameterizedTest
    @MethodSource("topologies")
    void aSessionIsWrittenReadMovedAndEnded(Supplier<RedisConnectionFactory> factory) {
        StateSessionRepository sessions = builder(factory.get()).build();
        StateSession created = saved(sessions, "cart", List.of("bread", "wine"));
        created.setAttribute(PRINCIPAL_NAME_INDEX_NAME, "alice");
        sessions.save(created);
        String first = created.getId();

        StateSession read = found(sessions, first);
        assertThat(read.<List<String>>getAttribute("cart")).containsExactly("bread", "wine");
        assertThat(read.getCreationTime()).isEqualTo(created.getCreationTime());
        assertThat(read.getMaxInactiveInterval()).isEqualTo(Duration.ofMinutes(30));
        assertThat(read.getAttributeNames()).containsExactlyInAnyOrder("cart", PRINCIPAL_NAME_INDEX_NAME);
        assertThat(sessions.findByPrincipalName("alice")).containsOnlyKeys(first);

        read.setAttribute("cart", "empty");
        String second = read.changeSessionId();
        sessions.save(read);
        assertThat(sessions.findById(first)).isNull();
        assertThat(found(sessions, second).<String>getAttribute("cart")).isEqualTo("empty");
        assertThat(sessions.findByPrincipalName("alice")).containsOnlyKeys(second);

        sessions.deleteById(second);
        sessions.deleteById(second);
        assertThat(sessions.findById(second)).isNull();
        assertThat(sessions.findByPrincipalName("alice")).isEmpty();
        assertThat(events)
                .hasExactlyElementsOfTypes(
                        SessionCreatedEvent.class, SessionLoginEvent.class, SessionDeletedEvent.class)
                .last()
                .satisfies(event -> {
                    StateSession ended = ((SessionDeletedEvent) event).getSession();
                    assertThat(ended.<String>getAttribute("cart")).isEqualTo("empty");
                    assertThat(ended.getId()).isEqualTo(second);
                });
    }

    @Test
    void everyKeyExpiresOrIsRemovedWithTheSession() {
        StateSessionRepository sessions =
                builder().activity(5, Duration.ofDays(1)).build();
        StateSession session = saved(sessions, PRINCIPAL_NAME_INDEX_NAME, "alice");

        for (String key : redis.keys(prefix)) {
            boolean removedWithSessions = key.endsWith("{due}") || key.endsWith(":session-user:{alice}");
            assertThat((Long) redis.command("PTTL", key))
                    .as(key)
                    .satisfies(ttl -> assertThat(ttl > 0 || removedWithSessions).isTrue());
        }
        sessions.deleteById(session.getId());
        assertThat(redis.keys(prefix)).containsExactly(prefix + ":session-user:{alice}:activity");
    }

    @Test
    void onlyWhatChangedIsWritten() {
        StateSessionRepository sessions = builder().build();
        StateSession created = saved(sessions, "a", "1");
        created.setAttribute("b", "2");
        sessions.save(created);
        String key = prefix + ":session:{" + created.getId().substring(0, 2) + "}:" + created.getId();
        redis.command("HSET", key, "sessionAttr:b", "\"changed elsewhere\"");

        StateSession read = found(sessions, created.getId());
        redis.command("HSET", key, "sessionAttr:b", "\"changed again\"");
        read.setAttribute("a", "new");
        read.setAttribute("b", "changed elsewhere");
        sessions.save(read);

        StateSession after = found(sessions, created.getId());
        assertThat(after.<String>getAttribute("a")).isEqualTo("new");
        // It was set to what it was: that is no change.
        assertThat(after.<String>getAttribute("b")).isEqualTo("changed again");
    }

    @Test
    void requestsAtTheSameTimeDoNotOverwriteEachOthersAttributes() throws Exception {
        StateSessionRepository sessions = builder().build();
        String id = saved(sessions, "start", 0).getId();
        ExecutorService threads = Executors.newFixedThreadPool(16);
        try {
            List<Future<?>> requests = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                int number = i;
                requests.add(threads.submit(() -> {
                    StateSession session = found(sessions, id);
                    session.setAttribute("attribute" + number, number);
                    if (number % 2 == 1) {
                        session.removeAttribute("start");
                    }
                    sessions.save(session);
                }));
            }
            for (Future<?> request : requests) {
                request.get();
            }
        } finally {
            threads.shutdownNow();
        }
        StateSession after = found(sessions, id);
        assertThat(after.getAttributeNames()).hasSize(200).doesNotContain("start");
        assertThat(after.<Integer>getAttribute("attribute73")).isEqualTo(73);
    }

    @Test
    void aLateWriteDoesNotBringASessionBack() {
        StateSessionRepository sessions =
                builder().touchInterval(Duration.ofMillis(1)).build();
        StateSession underWay = found(sessions, saved(sessions, "a", 1).getId());
        StateSession other = found(sessions, underWay.getId());
        sessions.deleteById(underWay.getId());

        underWay.setAttribute("a", 2);
        underWay.setAttribute(PRINCIPAL_NAME_INDEX_NAME, "mallory");
        underWay.setLastAccessedTime(Instant.now().plusSeconds(5));
        sessions.save(underWay);
        other.setAttribute("b", 1);
        other.changeSessionId();
        sessions.save(other);

        assertThat(sessions.findById(underWay.getId())).isNull();
        assertThat(sessions.findById(other.getId())).isNull();
        assertThat(redis.keys(prefix)).isEmpty();
        assertThat(events).hasSize(2);
    }

    @Test
    void aSessionLivesFromAccessToAccessButNotLongerThanItsLongestLifetime() {
        StateSessionRepository sessions = builder()
                .timeout(Duration.ofSeconds(2))
                .maxLifetime(Duration.ofSeconds(6))
                .build();
        String id = saved(sessions, "a", 1).getId();
        Instant created = Instant.now();

        await().pollInterval(Duration.ofMillis(500))
                .atMost(Duration.ofSeconds(20))
                .until(() -> {
                    StateSession session = sessions.findById(id);
                    if (session != null) {
                        session.setLastAccessedTime(Instant.now());
                        sessions.save(session);
                    }
                    return session == null;
                });
        assertThat(ChronoUnit.MILLIS.between(created, Instant.now())).isGreaterThan(5_500);
    }

    @Test
    void anUnusedSessionEnds() {
        StateSessionRepository sessions =
                builder().timeout(Duration.ofSeconds(1)).build();
        String id = saved(sessions, "a", 1).getId();
        assertThat(sessions.findById(id)).isNotNull();

        await().atMost(Duration.ofSeconds(20)).until(() -> sessions.findById(id) == null);
    }

    @Test
    void aSessionThatNeverTimesOutIsKeptForAVeryLongTimeOnly() {
        StateSessionRepository sessions =
                builder().timeout(Duration.ofSeconds(-1)).build();
        StateSession session = saved(sessions, "a", 1);
        String key = redis.keys(prefix + ":session:").get(0);

        assertThat(found(sessions, session.getId()).getMaxInactiveInterval()).isNegative();
        assertThat((Long) redis.command("PTTL", key))
                .isBetween(Duration.ofDays(400).toMillis(), Duration.ofDays(402).toMillis());
    }

    @Test
    void changingTheTimeoutTakesEffectAtOnce() {
        StateSessionRepository sessions = builder().build();
        StateSession session = found(sessions, saved(sessions, "a", 1).getId());
        session.setMaxInactiveInterval(Duration.ofHours(8));
        sessions.save(session);

        assertThat(found(sessions, session.getId()).getMaxInactiveInterval()).isEqualTo(Duration.ofHours(8));
        assertThat((Long) redis.command("PTTL", redis.keys(prefix + ":session:").get(0)))
                .isGreaterThan(Duration.ofHours(7).toMillis());
    }

    @ParameterizedTest
    @EnumSource(SaveMode.class)
    void valuesChangedInPlaceAreWrittenIfTheModeSaysSo(SaveMode mode) {
        StateSessionRepository sessions = builder().saveMode(mode).build();
        String id = saved(sessions, "list", new ArrayList<>(List.of("a"))).getId();
        StateSession session = found(sessions, id);
        Objects.requireNonNull(session.<List<String>>getAttribute("list")).add("b");
        sessions.save(session);

        assertThat(found(sessions, id).<List<String>>getAttribute("list"))
                .hasSize(mode == SaveMode.ON_SET_ATTRIBUTE ? 1 : 2);
    }

    @Test
    void whatIsFlushedAtOnceNeedsNoSave() {
        StateSessionRepository sessions =
                builder().flushMode(FlushMode.IMMEDIATE).build();
        StateSession session = sessions.createSession();
        session.setAttribute("a", 1);

        assertThat(found(sessions, session.getId()).<Integer>getAttribute("a")).isEqualTo(1);
        String before = session.getId();
        session.changeSessionId();
        assertThat(sessions.findById(before)).isNull();
        assertThat(found(sessions, session.getId()).<Integer>getAttribute("a")).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "not json",
                "{\"@class\":\"java.util.logging.FileHandler\",\"pattern\":\"/tmp/x\"}",
                "[\"javax.script.ScriptEngineManager\",[]]",
                "{\"@class\":\"com.gone.Cart\",\"items\":3}",
                "\u00AC\u00ED\u0000\u0005",
                "null"
            })
    void whatCanNotBeReadIsAsGoodAsNoSession(String hostile) {
        StateSessionRepository sessions = builder().build();
        StateSession session = saved(sessions, PRINCIPAL_NAME_INDEX_NAME, "alice");
        String key = redis.keys(prefix + ":session:").get(0);
        redis.command("HSET", key, "sessionAttr:bad", hostile);

        assertThat(sessions.findById(session.getId())).isNull();
        assertThat(sessions.unreadableSessions()).isEqualTo(1);
        assertThat(sessions.userSessions().list("alice")).isEmpty();
        assertThat(redis.keys(prefix)).isEmpty();
    }

    @Test
    void aHashThatIsNoSessionIsAsGoodAsNone() {
        StateSessionRepository sessions = builder().build();
        String id = saved(sessions, "a", 1).getId();
        String key = redis.keys(prefix + ":session:").get(0);
        redis.command("HDEL", key, "creationTime");

        assertThat(sessions.findById(id)).isNull();
        assertThat(redis.keys(prefix)).isEmpty();
    }

    @Test
    void whatCouldNotBeReadAgainIsRefusedWhereItIsSet() {
        StateSessionRepository sessions = builder().build();
        StateSession session = sessions.createSession();
        session.setAttribute("cart", new Cart("wine"));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> sessions.save(session))
                .withMessageContaining("'cart'")
                .withMessageContaining("redis-state.session.allowed-types");
        session.setAttribute("theme", "dark");
        // Not even what could be written is, as long as something can't.
        assertThatIllegalArgumentException().isThrownBy(() -> sessions.save(session));
        assertThat(redis.keys(prefix)).isEmpty();
        session.removeAttribute("cart");
        sessions.save(session);
        assertThat(found(sessions, session.getId()).getAttributeNames()).containsExactly("theme");

        StateSessionRepository allowing =
                builder().allowedTypes(List.of("io.redisstate.session.*")).build();
        StateSession allowed = saved(allowing, "cart", new Cart("wine"));
        assertThat(found(allowing, allowed.getId()).<Cart>getAttribute("cart")).isEqualTo(new Cart("wine"));
    }

    record Cart(String content) {}

    @Test
    void bothFormatsAreReadWhileADeploymentRolls() {
        StateSessionRepository old =
                builder().serialization(SessionSerialization.JDK).build();
        StateSessionRepository young = builder().readOtherFormat(true).build();
        StateSessionRepository strict = builder().build();
        String id = saved(old, "a", new ArrayList<>(List.of("x"))).getId();

        StateSession session = found(young, id);
        assertThat(session.<List<String>>getAttribute("a")).containsExactly("x");
        session.setAttribute("b", 7L);
        young.save(session);
        assertThat(found(young, id).<Long>getAttribute("b")).isEqualTo(7L);
        assertThat(strict.findById(id)).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "short",
                "has space in it.....",
                "{brace}aaaaaaaaaaaaaa",
                "line\nfeedaaaaaaaaaaaa",
                "äöüäöüäöüäöüäöüäöü"
            })
    void idsThatCanBeNobodysAreNotAskedFor(String id) throws Exception {
        StateSessionRepository sessions = builder().build();
        try (RedisServer own = RedisServer.start()) {
            StateSessionRepository there =
                    StateSessionRepository.builder(own.jedis()).build();
            assertThat(own.count(() -> {
                                assertThat(there.findById(id)).isNull();
                                there.deleteById(id);
                            })
                            .total())
                    .isZero();
        }
        assertThat(sessions.findById("x".repeat(129))).isNull();
    }

    @Test
    void idsAreLongRandomAndNew() {
        StateSessionRepository sessions = builder().build();
        Set<String> ids = new HashSet<>();
        for (int i = 0; i < 1_000; i++) {
            StateSession session = sessions.createSession();
            assertThat(session.getId()).hasSize(32).matches("[A-Za-z0-9_-]{32}");
            ids.add(session.getId());
            ids.add(session.changeSessionId());
            assertThat(session.toString()).doesNotContain(session.getId());
        }
        assertThat(ids).hasSize(2_000);
    }

    @Test
    void aFailingListenerChangesNothing() {
        StateSessionRepository sessions = StateSessionRepository.builder(redis.jedis())
                .keyPrefix(prefix)
                .events(event -> {
                    throw new IllegalStateException("a listener failed on purpose");
                })
                .build();
        String id = saved(sessions, "a", 1).getId();
        assertThat(sessions.findById(id)).isNotNull();
        sessions.deleteById(id);
        assertThat(sessions.findById(id)).isNull();
    }

    @Test
    void settingsThatMakeNoSenseAreRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> builder().touchInterval(Duration.ZERO));
        assertThatIllegalArgumentException().isThrownBy(() -> builder().maxLifetime(Duration.ofSeconds(-1)));
        assertThatIllegalArgumentException().isThrownBy(() -> builder().activity(1, Duration.ZERO));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder().allowedTypes(List.of("com.*.Cart")).build())
                .withMessageContaining("'com.*.Cart'");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder().keyPrefix("with {brace}").build());
        assertThatIllegalArgumentException().isThrownBy(() -> new SessionLimit(0, SessionLimit.WhenReached.REFUSE));
        assertThatExceptionOfType(IllegalArgumentException.class)
                .isThrownBy(() -> new SessionSweeper(builder().build(), Duration.ofMillis(1)));
    }

    @Test
    void exceptionsThatCanNotBeKeptAreLeftOut() {
        StateSessionRepository sessions = builder().build();
        StateSession session = saved(sessions, "failure", new IllegalStateException("no login"));
        session.setAttribute("a", 1);
        sessions.save(session);

        @Nullable StateSession read = sessions.findById(session.getId());
        assertThat(Objects.requireNonNull(read).getAttributeNames()).containsExactly("a");
    }
}
