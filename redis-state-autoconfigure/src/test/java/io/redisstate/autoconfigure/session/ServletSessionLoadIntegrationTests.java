package io.redisstate.autoconfigure.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.redisstate.session.StateSessionRepository;
import io.redisstate.session.UserSession;
import io.redisstate.session.UserSessions;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.session.Session;

/** Many sessions at two instances of an application in Tomcat. */
@RedisTest
class ServletSessionLoadIntegrationTests {

    private static final int SESSIONS = 10_000;
    private static final int USERS = 500;
    /** As many as the JDK's client keeps connections alive for each server. */
    private static final int THREADS = 5;

    private final RedisServer redis = RedisServer.shared();
    private final String prefix = redis.uniquePrefix();

    @Test
    void tenThousandLoginsAtOneInstanceAreUsedAtTheOther() throws Exception {
        String[] properties = {"redis-state.session.sweep-interval=500ms", "spring.session.timeout=10m"};
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try (ConfigurableApplicationContext one = SessionApplication.start(redis, prefix, properties);
                ConfigurableApplicationContext two = SessionApplication.start(redis, prefix, properties)) {
            List<Future<List<String>>> work = new ArrayList<>();
            for (int thread = 0; thread < THREADS; thread++) {
                int first = thread;
                work.add(threads.submit(() -> {
                    List<String> ids = new ArrayList<>();
                    for (int i = first; i < SESSIONS; i += THREADS) {
                        ids.add(i % 2 == 0 ? use(one, two, i) : use(two, one, i));
                    }
                    return ids;
                }));
            }
            List<String> ids = new ArrayList<>();
            Map<String, List<String>> idsOfUsers = new HashMap<>();
            StateSessionRepository sessions = one.getBean(StateSessionRepository.class);
            for (int thread = 0; thread < THREADS; thread++) {
                List<String> own = work.get(thread).get();
                for (int i = 0; i < own.size(); i++) {
                    int number = thread + i * THREADS;
                    Session session = Objects.requireNonNull(sessions.findById(own.get(i)));
                    assertThat(session.<String>getAttribute("noted")).isEqualTo("n" + number);
                    idsOfUsers
                            .computeIfAbsent("user" + number % USERS, any -> new ArrayList<>())
                            .add(session.getId());
                }
                ids.addAll(own);
            }

            assertThat(ids).hasSize(SESSIONS).doesNotHaveDuplicates();
            assertThat(redis.command("ZCARD", prefix + ":session-expiry:{due}")).isEqualTo((long) SESSIONS);
            UserSessions users = two.getBean(UserSessions.class);
            assertThat(idsOfUsers).hasSize(USERS).allSatisfy((user, own) -> {
                assertThat(own).hasSize(SESSIONS / USERS);
                assertThat(users.list(user)).extracting(UserSession::id).containsExactlyInAnyOrderElementsOf(own);
            });
            // Ten minutes, and two for who looks late; a day more for the indices.
            assertThat(timesToLive(":session:")).satisfies(found -> {
                assertThat(found).first().isEqualTo((long) SESSIONS);
                assertThat(found.subList(1, 3)).allMatch(it -> it == 11 || it == 12);
            });
            await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
                assertThat(timesToLive(":session-user:")).first().isEqualTo((long) USERS);
                assertThat(timesToLive(":session-user:")).allMatch(it -> it > 0);
                assertThat(timesToLive(":session-expiry:")).allMatch(it -> it >= 0);
            });
        } finally {
            threads.shutdownNow();
            redis.command(
                    "EVAL",
                    "for _, key in ipairs(redis.call('KEYS', ARGV[1])) do redis.call('DEL', key) end",
                    "0",
                    prefix + "*");
        }
    }

    /** Logs in at one instance, reads and changes the session at the other; gives its id. */
    private static String use(ConfigurableApplicationContext one, ConfigurableApplicationContext two, int number)
            throws IOException {
        String user = "user" + number % USERS;
        Answer login = ask(one, "/login", "username=" + user + "&password=secret", null);
        assertThat(login.status()).isEqualTo(302);
        String cookie = Objects.requireNonNull(login.cookie(), "no session cookie");
        assertThat(ask(two, "/note", "value=n" + number, cookie).body()).isEqualTo(user + " null");
        return new String(
                Base64.getDecoder().decode(cookie.substring(cookie.indexOf('=') + 1)), StandardCharsets.UTF_8);
    }

    private record Answer(int status, String body, @Nullable String cookie) {}

    /** Posts a form, over a connection that is kept alive. */
    private static Answer ask(ConfigurableApplicationContext server, String path, String form, @Nullable String cookie)
            throws IOException {
        String port = server.getEnvironment().getRequiredProperty("local.server.port");
        HttpURLConnection http = (HttpURLConnection)
                URI.create("http://127.0.0.1:" + port + path).toURL().openConnection();
        http.setInstanceFollowRedirects(false);
        http.setReadTimeout(60_000);
        if (cookie != null) {
            http.setRequestProperty("Cookie", cookie);
        }
        byte[] sent = form.getBytes(StandardCharsets.UTF_8);
        http.setRequestMethod("POST");
        http.setDoOutput(true);
        http.setFixedLengthStreamingMode(sent.length);
        try (OutputStream out = http.getOutputStream()) {
            out.write(sent);
        }
        int status = http.getResponseCode();
        String given = http.getHeaderField("Set-Cookie");
        try (InputStream in = status < 400 ? http.getInputStream() : http.getErrorStream()) {
            String body = in == null ? "" : new String(in.readAllBytes(), StandardCharsets.UTF_8);
            return new Answer(status, body, given == null ? null : given.split(";", 2)[0]);
        }
    }

    /** How many keys there are, and the least and the most minutes that one of them has left; 0 for less than one, -1 for no end. */
    private List<Long> timesToLive(String kind) {
        Object reply = redis.command(
                "EVAL",
                "local found = redis.call('KEYS', ARGV[1]) "
                        + "local least, most = math.huge, -1 "
                        + "for _, key in ipairs(found) do "
                        + "local left = redis.call('PTTL', key) "
                        + "local minutes = left < 0 and -1 or math.floor(left / 60000) "
                        + "least, most = math.min(least, minutes), math.max(most, minutes) end "
                        + "return {#found, least, most}",
                "0",
                prefix + kind + "*");
        return ((List<?>) Objects.requireNonNull(reply))
                .stream().map(it -> (Long) it).toList();
    }
}
