package io.redisstate.autoconfigure.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.redisstate.session.SessionLoginEvent;
import io.redisstate.session.SessionRevokedEvent;
import io.redisstate.session.StateSessionRepository;
import io.redisstate.session.UserActivity;
import io.redisstate.session.UserSession;
import io.redisstate.session.UserSessions;
import io.redisstate.test.CommandCount;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.data.redis.core.RedisTemplate;
import org.springframework.data.redis.serializer.RedisSerializer;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.core.authority.AuthorityUtils;
import org.springframework.security.core.context.SecurityContextImpl;
import org.springframework.security.core.session.SessionInformation;
import org.springframework.security.core.session.SessionRegistry;
import org.springframework.security.core.userdetails.User;
import org.springframework.session.Session;
import org.springframework.session.SessionRepository;
import org.springframework.session.data.redis.RedisSessionRepository;
import org.springframework.session.events.SessionCreatedEvent;
import org.springframework.session.events.SessionDeletedEvent;
import org.springframework.session.events.SessionExpiredEvent;

/** Browsers, Spring Security and two instances of an application in Tomcat. */
@RedisTest
class ServletSessionIntegrationTests {

    private final RedisServer redis = RedisServer.shared();
    private final String prefix = redis.uniquePrefix();
    private final List<ConfigurableApplicationContext> running = new ArrayList<>();

    @AfterEach
    void stop() {
        running.forEach(ConfigurableApplicationContext::close);
    }

    private ConfigurableApplicationContext start(String... properties) {
        ConfigurableApplicationContext started = SessionApplication.start(redis, prefix, properties);
        running.add(started);
        return started;
    }

    private static UserSessions users(ConfigurableApplicationContext server) {
        return server.getBean(UserSessions.class);
    }

    private static SessionApplication.Events events(ConfigurableApplicationContext server) {
        return server.getBean(SessionApplication.Events.class);
    }

    @Test
    void aLoginAtOneInstanceIsOneAtTheOtherAndSurvivesARollingRestart() {
        ConfigurableApplicationContext one = start();
        ConfigurableApplicationContext two = start();
        Browser browser = new Browser("Firefox/140");

        assertThat(browser.get(one, "/me").statusCode()).isEqualTo(302);
        assertThat(browser.loggedInTo(one, "alice")).isEqualTo("/me");
        assertThat(browser.post(two, "/set", "name", "noted", "value", "on two").body())
                .isEqualTo("ok");
        assertThat(browser.get(one, "/me").body()).isEqualTo("alice on two");

        one.close();
        ConfigurableApplicationContext three = start();
        assertThat(browser.get(two, "/me").body()).isEqualTo("alice on two");
        two.close();
        assertThat(browser.get(three, "/me").body()).isEqualTo("alice on two");

        List<UserSession> list = users(three).list("alice");
        assertThat(list).hasSize(1);
        assertThat(list.get(0).address()).isEqualTo("127.0.0.1");
        assertThat(list.get(0).userAgent()).isEqualTo("Firefox/140");
        assertThat(list.get(0).id()).isEqualTo(browser.sessionId());
    }

    @Test
    void theIdChangesOnLoginAndNobodysIdIsAdopted() {
        ConfigurableApplicationContext server = start();
        Browser browser = new Browser("test");
        browser.post(server, "/open/set", "name", "noted", "value", "before login");
        String before = browser.sessionId();

        browser.logIn(server, "alice");
        String after = browser.sessionId();
        assertThat(after).isNotEqualTo(before);
        assertThat(browser.get(server, "/me").body()).isEqualTo("alice before login");
        Browser attacker = new Browser("attacker");
        attacker.sessionId(before);
        assertThat(attacker.get(server, "/me").statusCode()).isEqualTo(302);

        // An id that the attacker has thought up is not taken for a new session.
        Browser victim = new Browser("victim");
        String made = "a".repeat(32);
        victim.sessionId(made);
        victim.logIn(server, "bob");
        assertThat(victim.sessionId()).isNotEqualTo(made);
        for (String hostile : List.of("'", "AAAA", "{", "%00", "x".repeat(4_000), "../../etc/passwd")) {
            Browser strange = new Browser("strange");
            strange.cookie("SESSION", hostile);
            assertThat(strange.get(server, "/open/get?name=a").statusCode()).isIn(200, 400);
        }
    }

    @Test
    void timeoutAndCookieAreAsBootsPropertiesSay() {
        ConfigurableApplicationContext server = start(
                "server.servlet.session.timeout=5s",
                "server.servlet.session.cookie.name=sid",
                "server.servlet.session.cookie.same-site=strict",
                "server.servlet.session.cookie.max-age=1h",
                "redis-state.session.sweep-interval=200ms");
        Browser browser = new Browser("test");
        HttpResponse<String> login = browser.logIn(server, "alice");

        assertThat(login.headers().allValues("Set-Cookie")).anySatisfy(cookie -> assertThat(cookie)
                .startsWith("sid=")
                .contains("HttpOnly", "SameSite=Strict", "Max-Age=3600", "Path=/"));
        assertThat(browser.get(server, "/me").statusCode()).isEqualTo(200);
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> assertThat(events(server).spring)
                .hasExactlyElementsOfTypes(SessionCreatedEvent.class, SessionExpiredEvent.class));
        assertThat(browser.get(server, "/me").statusCode()).isEqualTo(302);
        assertThat(events(server).servlet).startsWith("created", "destroyed");
    }

    @Test
    void springsOwnTimeoutComesFirst() {
        ConfigurableApplicationContext server = start(
                "spring.session.timeout=7m",
                "server.servlet.session.timeout=9m",
                "spring.session.servlet.filter-order=5");
        assertThat(server.getBean(StateSessionRepository.class).createSession())
                .extracting("maxInactiveInterval")
                .isEqualTo(Duration.ofMinutes(7));
    }

    @Test
    void revokingEndsABrowsersSessionAtOnce() {
        ConfigurableApplicationContext one = start("redis-state.session.activity.max-entries=10");
        ConfigurableApplicationContext two = start("redis-state.session.activity.max-entries=10");
        Browser phone = new Browser("phone");
        Browser laptop = new Browser("laptop");
        Browser bob = new Browser("bob's");
        phone.logIn(one, "alice");
        laptop.logIn(two, "alice");
        bob.logIn(one, "bob");

        assertThat(users(one).revokeAllBut("alice", laptop.sessionId())).isEqualTo(1);
        assertThat(phone.get(two, "/me").statusCode()).isEqualTo(302);
        assertThat(laptop.get(one, "/me").statusCode()).isEqualTo(200);
        assertThat(users(two).revokeAll("alice")).isEqualTo(1);
        assertThat(laptop.get(one, "/me").statusCode()).isEqualTo(302);
        assertThat(bob.get(two, "/me").body()).isEqualTo("bob null");

        bob.post(two, "/logout");
        assertThat(bob.get(one, "/me").statusCode()).isEqualTo(302);
        assertThat(users(one).activity("bob"))
                .extracting(UserActivity::what)
                .containsExactly(UserActivity.LOGOUT, UserActivity.LOGIN);
        assertThat(events(one).spring.stream().filter(SessionRevokedEvent.class::isInstance))
                .hasSize(1);
        assertThat(events(two).spring.stream().filter(SessionRevokedEvent.class::isInstance))
                .hasSize(1);
        assertThat(events(two).spring).last().isExactlyInstanceOf(SessionDeletedEvent.class);
    }

    @Test
    void twoHundredUsersAtOnceNeverSeeAnothersSession() throws Exception {
        ConfigurableApplicationContext one = start();
        ConfigurableApplicationContext two = start();
        ExecutorService threads = Executors.newFixedThreadPool(32);
        try {
            List<Future<Browser>> users = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                String user = "user" + i;
                users.add(threads.submit(() -> {
                    Browser browser = new Browser(user);
                    assertThat(browser.loggedInTo(one, user)).isEqualTo("/me");
                    assertThat(browser.post(two, "/set", "name", "noted", "value", "of " + user)
                                    .body())
                            .isEqualTo("ok");
                    for (int request = 0; request < 5; request++) {
                        assertThat(browser.get(request % 2 == 0 ? one : two, "/me")
                                        .body())
                                .isEqualTo(user + " of " + user);
                    }
                    return browser;
                }));
            }
            List<String> ids = new ArrayList<>();
            for (Future<Browser> user : users) {
                ids.add(user.get().sessionId());
            }
            assertThat(ids).doesNotHaveDuplicates();
        } finally {
            threads.shutdownNow();
        }
        assertThat(users(one).list("user73"))
                .hasSize(1)
                .first()
                .extracting(UserSession::userAgent)
                .isEqualTo("user73");
    }

    @Test
    void requestsCostWhatIsPromised() throws Exception {
        try (RedisServer own = RedisServer.start();
                ConfigurableApplicationContext server =
                        SessionApplication.start(own, prefix, "redis-state.session.sweep-interval=1m")) {
            Browser browser = new Browser("test");
            browser.logIn(server, "alice");
            browser.post(server, "/set", "name", "noted", "value", "0");

            CommandCount none = own.count(() -> new Browser("visitor").get(server, "/open/plain"));
            CommandCount read = own.count(() -> browser.get(server, "/me"));
            CommandCount same = own.count(() -> browser.post(server, "/set", "name", "noted", "value", "0"));
            CommandCount changed = own.count(() -> browser.post(server, "/set", "name", "noted", "value", "1"));

            assertThat(none.all()).isEmpty();
            assertThat(read.all()).containsOnlyKeys("hgetall");
            assertThat(read.total()).isEqualTo(1);
            assertThat(same.total()).isEqualTo(1);
            assertThat(changed.total()).isEqualTo(3);
        }
    }

    @Test
    void beyondTheLimitTheOldestSessionEnds() {
        ConfigurableApplicationContext one = start("redis-state.session.limit.max-per-user=1");
        ConfigurableApplicationContext two = start("redis-state.session.limit.max-per-user=1");
        Browser first = new Browser("first");
        Browser second = new Browser("second");
        first.logIn(one, "alice");
        second.logIn(two, "alice");

        assertThat(first.get(one, "/me").statusCode()).isEqualTo(302);
        assertThat(second.get(one, "/me").statusCode()).isEqualTo(200);
    }

    @Test
    void beyondTheLimitALoginFails() {
        String[] limit = {"redis-state.session.limit.max-per-user=1", "redis-state.session.limit.when-reached=refuse"};
        ConfigurableApplicationContext one = start(limit);
        ConfigurableApplicationContext two = start(limit);
        Browser first = new Browser("first");
        Browser second = new Browser("second");
        first.logIn(one, "alice");

        assertThat(second.loggedInTo(two, "alice")).isEqualTo("/login?error");
        assertThat(second.get(two, "/me").statusCode()).isEqualTo(302);
        assertThat(first.get(two, "/me").statusCode()).isEqualTo(200);
        first.post(one, "/logout");
        assertThat(second.loggedInTo(two, "alice")).isEqualTo("/me");
        assertThat(second.get(one, "/me").statusCode()).isEqualTo(200);
    }

    @Test
    @ExtendWith(OutputCaptureExtension.class)
    void springSecuritysOwnLimitCountsTheSessionsOfAllInstancesAndNoIdIsLogged(CapturedOutput output) {
        String[] settings = {
            "test.security.maximum-sessions=1",
            "redis-state.session.activity.max-entries=5",
            "logging.level.io.redisstate=trace",
            "logging.level.org.springframework.session=trace"
        };
        ConfigurableApplicationContext one = start(settings);
        ConfigurableApplicationContext two = start(settings);
        Browser first = new Browser("first");
        Browser second = new Browser("second");
        first.post(one, "/open/set", "name", "noted", "value", "x");
        List<String> ids = new ArrayList<>(List.of(first.sessionId()));
        first.logIn(one, "alice");
        second.logIn(two, "alice");
        ids.addAll(List.of(first.sessionId(), second.sessionId()));

        assertThat(first.get(one, "/me").body()).contains("expired");
        assertThat(second.get(one, "/me").body()).isEqualTo("alice null");
        assertThat(events(one).logins).extracting(SessionLoginEvent::user).containsExactly("alice");
        assertThat(events(two).logins).extracting(SessionLoginEvent::user).containsExactly("alice");

        // One that ends while Security is about to end it.
        SessionInformation known = two.getBean(SessionRegistry.class)
                .getAllSessions("alice", false)
                .get(0);
        assertThat(known.getPrincipal()).isEqualTo("alice");
        assertThat(users(one).revokeAll("alice")).isEqualTo(1);
        known.expireNow();
        assertThat(two.getBean(SessionRegistry.class).getAllSessions("alice", true))
                .isEmpty();
        assertThat(output.getAll()).doesNotContain(ids);
    }

    @Test
    void springSecurityRefusesALoginBeyondItsLimit() {
        ConfigurableApplicationContext one =
                start("test.security.maximum-sessions=1", "test.security.prevents-login=true");
        Browser first = new Browser("first");
        Browser second = new Browser("second");
        first.logIn(one, "alice");

        assertThat(second.loggedInTo(one, "alice")).isEqualTo("/login?error");
        assertThat(first.get(one, "/me").statusCode()).isEqualTo(200);
    }

    @Test
    void aSessionThatCanNotBeReadIsReplacedAndNever500() {
        ConfigurableApplicationContext server = start();
        Browser browser = new Browser("test");
        browser.logIn(server, "alice");
        String id = browser.sessionId();
        String key = prefix + ":session:{" + id.substring(0, 2) + "}:" + id;
        redis.command("HSET", key, "sessionAttr:SPRING_SECURITY_CONTEXT", "{\"@class\":\"com.gone.Context\"}");

        assertThat(browser.get(server, "/me").statusCode()).isEqualTo(302);
        assertThat(browser.get(server, "/open/get?name=a").body()).isEqualTo("null");
        assertThat(browser.sessionId()).isNotEqualTo(id);
        assertThat(server.getBean(StateSessionRepository.class).unreadableSessions())
                .isEqualTo(1);
        assertThat(browser.loggedInTo(server, "alice")).isEqualTo("/me");
    }

    @Test
    void aSessionWrittenByPlainSpringSessionLogsItsBrowserInAfterTheUpgrade() {
        RedisTemplate<String, Object> template = new RedisTemplate<>();
        template.setConnectionFactory(redis.jedis());
        template.setKeySerializer(RedisSerializer.string());
        template.setHashKeySerializer(RedisSerializer.string());
        template.afterPropertiesSet();
        RedisSessionRepository plain = new RedisSessionRepository(template);
        plain.setRedisKeyNamespace(prefix + ":old");
        Browser browser = new Browser("test");
        browser.sessionId(writeWith(plain));

        ConfigurableApplicationContext server = start("redis-state.session.import-from=" + prefix + ":old");
        assertThat(browser.get(server, "/me").body()).isEqualTo("alice before the upgrade");
        assertThat(browser.post(server, "/set", "name", "noted", "value", "after")
                        .body())
                .isEqualTo("ok");
        assertThat(browser.get(server, "/me").body()).isEqualTo("alice after");
        assertThat(users(server).revokeAll("alice")).isEqualTo(1);
        assertThat(browser.get(server, "/me").statusCode()).isEqualTo(302);
    }

    private static <S extends Session> String writeWith(SessionRepository<S> sessions) {
        S session = sessions.createSession();
        User alice = new User("alice", "", AuthorityUtils.createAuthorityList("ROLE_USER"));
        session.setAttribute(
                "SPRING_SECURITY_CONTEXT",
                new SecurityContextImpl(
                        UsernamePasswordAuthenticationToken.authenticated(alice, null, alice.getAuthorities())));
        session.setAttribute("noted", "before the upgrade");
        sessions.save(session);
        return session.getId();
    }

    @Test
    void aLargeAnswerAndAnErrorKeepTheSession() {
        ConfigurableApplicationContext server = start();
        Browser browser = new Browser("test");
        browser.logIn(server, "alice");
        assertThat(browser.get(server, "/large").body()).hasSize(200_000);
        assertThat(browser.get(server, "/get?name=large").body()).isEqualTo("true");
        assertThat(browser.get(server, "/open/error").statusCode()).isEqualTo(500);
        assertThat(browser.get(server, "/me").statusCode()).isEqualTo(200);
    }
}
