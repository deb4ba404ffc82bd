package io.redisstate.autoconfigure.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.redisstate.session.StateSessionRepository;
import io.redisstate.session.UserSessions;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.ConfigurableApplicationContext;

/** A Redis that is killed, restarted, paused and full, under an application in Tomcat. */
@RedisTest
class SessionFailuresIntegrationTests {

    private static final Duration LIMIT = Duration.ofSeconds(60);

    private static ConfigurableApplicationContext start(RedisServer server, String... more) {
        String[] all = new String[more.length + 4];
        all[0] = "spring.data.redis.timeout=500ms";
        all[1] = "redis-state.retry.attempts=1";
        all[2] = "redis-state.circuit-breaker.open-time=1s";
        all[3] = "redis-state.circuit-breaker.minimum-calls=2";
        System.arraycopy(more, 0, all, 4, more.length);
        return SessionApplication.start(server, "failures", all);
    }

    @Test
    void sessionsSurviveARestartOfRedisWithItsAppendOnlyFile(@TempDir Path data) {
        try (RedisServer server =
                        RedisServer.start("--appendonly", "yes", "--appendfsync", "always", "--dir", data.toString());
                ConfigurableApplicationContext application = start(server)) {
            Browser browser = new Browser("test");
            assertThat(browser.loggedInTo(application, "alice")).isEqualTo("/me");
            browser.post(application, "/set", "name", "noted", "value", "kept");

            server.kill();
            HttpResponse<String> away = browser.get(application, "/me");
            assertThat(away.statusCode()).isEqualTo(503);
            assertThat(away.headers().firstValue("Retry-After")).hasValue("5");
            assertThat(away.headers().firstValue("Content-Type").orElseThrow()).startsWith("application/problem+json");
            assertThat(away.body()).contains("\"status\":503");
            assertThat(new Browser("visitor").get(application, "/open/plain").statusCode())
                    .isEqualTo(200);
            assertThat(browser.post(application, "/open/set", "name", "a", "value", "b")
                            .statusCode())
                    .isEqualTo(503);
            assertThat(new Browser("new")
                            .post(application, "/open/set", "name", "a", "value", "b")
                            .statusCode())
                    .isEqualTo(503);
            assertThat(browser.post(application, "/logout").statusCode()).isEqualTo(503);

            server.restart();
            await().atMost(LIMIT)
                    .untilAsserted(() ->
                            assertThat(browser.get(application, "/me").body()).isEqualTo("alice kept"));
            assertThat(application.getBean(UserSessions.class).count("alice")).isEqualTo(1);
        }
    }

    @Test
    void requestsGoOnWithALocalSessionIfSoConfigured() {
        try (RedisServer server = RedisServer.start("--appendonly", "yes", "--appendfsync", "always");
                ConfigurableApplicationContext application =
                        start(server, "redis-state.session.on-unavailable=request-local")) {
            Browser browser = new Browser("test");
            assertThat(browser.loggedInTo(application, "alice")).isEqualTo("/me");
            String id = browser.sessionId();

            server.pause();
            // Not logged in as far as this request can know, but nothing fails, and the cookie stays.
            assertThat(browser.get(application, "/me").statusCode()).isEqualTo(302);
            assertThat(browser.post(application, "/open/set", "name", "noted", "value", "lost")
                            .statusCode())
                    .isEqualTo(200);
            assertThat(browser.get(application, "/open/get?name=noted").body()).isEqualTo("null");
            assertThat(browser.sessionId()).isEqualTo(id);
            assertThat(browser.post(application, "/logout").statusCode()).isEqualTo(503);
            Browser fresh = new Browser("fresh");
            assertThat(fresh.post(application, "/open/set", "name", "a", "value", "b")
                            .statusCode())
                    .isEqualTo(200);

            server.resume();
            await().atMost(LIMIT)
                    .untilAsserted(() ->
                            assertThat(browser.get(application, "/me").body()).isEqualTo("alice null"));
            assertThat(browser.sessionId()).isEqualTo(id);
            assertThat(fresh.post(application, "/open/set", "name", "a", "value", "b")
                            .statusCode())
                    .isEqualTo(200);
            assertThat(fresh.get(application, "/open/get?name=a").body()).isEqualTo("b");
        }
    }

    @Test
    void aFullRedisNeverKeepsHalfASession() {
        try (RedisServer server = RedisServer.start("--maxmemory-policy", "noeviction");
                ConfigurableApplicationContext application = start(server)) {
            Browser browser = new Browser("test");
            assertThat(browser.loggedInTo(application, "alice")).isEqualTo("/me");
            browser.post(application, "/set", "name", "noted", "value", "before");
            server.command("CONFIG", "SET", "maxmemory", "1");

            assertThat(browser.post(application, "/set", "name", "noted", "value", "after")
                            .statusCode())
                    .isEqualTo(503);
            assertThat(browser.get(application, "/me").body()).isEqualTo("alice before");
            assertThat(new Browser("new")
                            .post(application, "/open/set", "name", "a", "value", "b")
                            .statusCode())
                    .isEqualTo(503);

            server.command("CONFIG", "SET", "maxmemory", "0");
            assertThat(browser.post(application, "/set", "name", "noted", "value", "after")
                            .statusCode())
                    .isEqualTo(200);
            assertThat(browser.get(application, "/me").body()).isEqualTo("alice after");
            assertThat(server.keys("failures:session:")).hasSize(1);
            assertThat(application.getBean(StateSessionRepository.class).unreadableSessions())
                    .isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"fail", "request-local"})
    void aLoginOnAFullRedisLeavesTheSessionAsItWas(String mode) {
        try (RedisServer server = RedisServer.start("--maxmemory-policy", "noeviction");
                ConfigurableApplicationContext application =
                        start(server, "redis-state.session.on-unavailable=" + mode)) {
            Browser browser = new Browser("test");
            browser.post(application, "/open/set", "name", "noted", "value", "before");
            String id = browser.sessionId();
            server.command("CONFIG", "SET", "maxmemory", "1");

            int refused = mode.equals("fail") ? 503 : 302;
            assertThat(browser.logIn(application, "alice").statusCode()).isEqualTo(refused);

            assertThat(browser.sessionId()).isEqualTo(id);
            // The page asked for is noted in the session, too.
            assertThat(browser.get(application, "/me").statusCode()).isEqualTo(refused);
            assertThat(browser.get(application, "/open/get?name=noted").body()).isEqualTo("before");
            assertThat(server.keys("failures:session:")).hasSize(1);
            assertThat(server.keys("failures:session-user:")).isEmpty();

            server.command("CONFIG", "SET", "maxmemory", "0");
            assertThat(browser.loggedInTo(application, "alice")).isEqualTo("/me");
            assertThat(browser.get(application, "/me").body()).isEqualTo("alice before");
            assertThat(browser.sessionId()).isNotEqualTo(id);
            assertThat(application.getBean(UserSessions.class).count("alice")).isEqualTo(1);
            assertThat(server.keys("failures:session:")).hasSize(1);
        }
    }
}
