package io.redisstate.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.context.ApplicationEvent;
import org.springframework.data.redis.core.RedisTemplate;
import org.springframework.data.redis.serializer.GenericJacksonJsonRedisSerializer;
import org.springframework.data.redis.serializer.RedisSerializer;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.core.authority.AuthorityUtils;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextImpl;
import org.springframework.security.core.userdetails.User;
import org.springframework.session.Session;
import org.springframework.session.SessionRepository;
import org.springframework.session.data.redis.RedisIndexedSessionRepository;
import org.springframework.session.data.redis.RedisSessionRepository;

/** Sessions that Spring Session's own repositories have written. */
@RedisTest
class SpringSessionImportIntegrationTests {

    private final RedisServer redis = RedisServer.shared();
    private final String prefix = redis.uniquePrefix();
    private final String theirs = redis.uniquePrefix() + ":theirs";
    private final List<ApplicationEvent> events = new CopyOnWriteArrayList<>();

    private StateSessionRepositoryBuilder builder() {
        return StateSessionRepository.builder(redis.jedis())
                .keyPrefix(prefix)
                .events(events::add)
                .importFrom(theirs);
    }

    private RedisTemplate<String, Object> template(RedisSerializer<?> values) {
        RedisTemplate<String, Object> template = new RedisTemplate<>();
        template.setConnectionFactory(redis.jedis());
        template.setKeySerializer(RedisSerializer.string());
        template.setHashKeySerializer(RedisSerializer.string());
        template.setHashValueSerializer(values);
        template.setDefaultSerializer(values);
        template.afterPropertiesSet();
        return template;
    }

    private RedisSessionRepository plain(RedisSerializer<?> values) {
        RedisSessionRepository sessions = new RedisSessionRepository(template(values));
        sessions.setRedisKeyNamespace(theirs);
        return sessions;
    }

    private static <S extends Session> S saved(SessionRepository<S> sessions) {
        S session = sessions.createSession();
        session.setAttribute("cart", new ArrayList<>(List.of("wine")));
        session.setAttribute("SPRING_SECURITY_CONTEXT", securityContext());
        session.setMaxInactiveInterval(Duration.ofMinutes(17));
        sessions.save(session);
        return session;
    }

    private static SecurityContext securityContext() {
        User alice = new User("alice", "", AuthorityUtils.createAuthorityList("ROLE_USER"));
        return new SecurityContextImpl(
                UsernamePasswordAuthenticationToken.authenticated(alice, null, alice.getAuthorities()));
    }

    private void assertTakenOver(Session old, StateSessionRepository sessions) {
        StateSession session = Objects.requireNonNull(sessions.findById(old.getId()));
        assertThat(session.<List<String>>getAttribute("cart")).containsExactly("wine");
        assertThat(session.<SecurityContext>getAttribute("SPRING_SECURITY_CONTEXT"))
                .isEqualTo(securityContext());
        assertThat(session.getCreationTime()).isEqualTo(old.getCreationTime().truncatedTo(ChronoUnit.MILLIS));
        assertThat(session.getMaxInactiveInterval()).isEqualTo(Duration.ofMinutes(17));
        assertThat(sessions.userSessions().list("alice"))
                .extracting(UserSession::id)
                .containsExactly(old.getId());
        assertThat(redis.keys(theirs + ":sessions:" + old.getId())).isEmpty();

        session.setAttribute("cart", "sold");
        String moved = session.changeSessionId();
        sessions.save(session);
        assertThat(Objects.requireNonNull(sessions.findById(moved)).<String>getAttribute("cart"))
                .isEqualTo("sold");
        assertThat(sessions.userSessions().revokeAll("alice")).isEqualTo(1);
        assertThat(sessions.findById(moved)).isNull();
        assertThat(sessions.findById(old.getId())).isNull();
        assertThat(events).hasExactlyElementsOfTypes(SessionRevokedEvent.class);
    }

    @Test
    void sessionsOfThePlainRepositoryAreTakenOver() {
        assertTakenOver(saved(plain(RedisSerializer.java())), builder().build());
    }

    @Test
    void sessionsOfTheIndexedRepositoryAreTakenOver() {
        RedisIndexedSessionRepository indexed = new RedisIndexedSessionRepository(template(RedisSerializer.java()));
        indexed.setRedisKeyNamespace(theirs);
        indexed.afterPropertiesSet();
        try {
            assertTakenOver(saved(indexed), builder().build());
        } finally {
            indexed.destroy();
        }
    }

    @Test
    void theyMayBeJson() {
        RedisSessionRepository old = plain(GenericJacksonJsonRedisSerializer.builder()
                .enableUnsafeDefaultTyping()
                .build());
        Session session = old.createSession();
        session.setAttribute("cart", new ArrayList<>(List.of("wine")));
        save(old, session);

        StateSession taken = Objects.requireNonNull(builder().build().findById(session.getId()));
        assertThat(taken.<List<String>>getAttribute("cart")).containsExactly("wine");
    }

    @SuppressWarnings("unchecked")
    private static <S extends Session> void save(SessionRepository<S> sessions, Session session) {
        sessions.save((S) session);
    }

    @Test
    void ourSessionsCanBeJdkSerializedToo() {
        assertTakenOver(
                saved(plain(RedisSerializer.java())),
                builder().serialization(SessionSerialization.JDK).build());
    }

    @Test
    void requestsAtTheSameTimeAllGetTheSession() throws Exception {
        Session old = saved(plain(RedisSerializer.java()));
        StateSessionRepository sessions = builder().build();
        ExecutorService threads = Executors.newFixedThreadPool(8);
        CountDownLatch start = new CountDownLatch(1);
        try {
            List<Future<@Nullable StateSession>> requests = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                requests.add(threads.submit(() -> {
                    start.await();
                    return sessions.findById(old.getId());
                }));
            }
            start.countDown();
            for (Future<@Nullable StateSession> request : requests) {
                assertThat(request.get()).isNotNull();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void oneThatCanNotBeReadIsAsGoodAsNone() {
        Session old = saved(plain(RedisSerializer.java()));
        redis.command("HSET", theirs + ":sessions:" + old.getId(), "sessionAttr:bad", "nonsense");
        StateSessionRepository sessions = builder().build();

        assertThat(sessions.findById(old.getId())).isNull();
        assertThat(sessions.unreadableSessions()).isEqualTo(1);
        assertThat(redis.keys(theirs)).isEmpty();
        assertThat(sessions.findById("0".repeat(36))).isNull();
    }

    @Test
    void nothingIsTakenOverUnlessAsked() {
        Session old = saved(plain(RedisSerializer.java()));
        StateSessionRepository sessions =
                StateSessionRepository.builder(redis.jedis()).keyPrefix(prefix).build();
        assertThat(sessions.findById(old.getId())).isNull();
        assertThat(redis.keys(theirs)).isNotEmpty();
    }
}
