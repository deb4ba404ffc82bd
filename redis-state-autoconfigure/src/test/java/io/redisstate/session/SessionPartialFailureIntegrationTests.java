package io.redisstate.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.springframework.session.FindByIndexNameSessionRepository.PRINCIPAL_NAME_INDEX_NAME;

import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Some of a session's keys can't be written, as when one node of a cluster is away: here those that a rule forbids. */
@RedisTest
class SessionPartialFailureIntegrationTests {

    private static final RedisServer SERVER = RedisServer.start();

    private final String prefix = SERVER.uniquePrefix();
    private final StateSessionRepository sessions =
            StateSessionRepository.builder(SERVER.jedis()).keyPrefix(prefix).build();

    @AfterAll
    static void stop() {
        SERVER.close();
    }

    @AfterEach
    void allowAll() {
        SERVER.command("ACL", "SETUSER", "default", "allkeys");
    }

    private void allowOnly(String one, String other) {
        SERVER.command(
                "ACL", "SETUSER", "default", "resetkeys", "~" + prefix + one + ":*", "~" + prefix + other + ":*");
    }

    private StateSession saved(String user) {
        StateSession session = sessions.createSession();
        session.setAttribute("noted", "before");
        if (!user.isEmpty()) {
            session.setAttribute(PRINCIPAL_NAME_INDEX_NAME, user);
        }
        sessions.save(session);
        return session;
    }

    @Test
    void aLoginThatCanNotBeListedLeavesTheSessionAsItWas() {
        StateSession session = saved("");
        String id = session.getId();
        allowOnly(":session", ":session-expiry");
        session.changeSessionId();
        session.setAttribute(PRINCIPAL_NAME_INDEX_NAME, "alice");
        assertThatExceptionOfType(SessionUnavailableException.class).isThrownBy(() -> sessions.save(session));

        assertThat(sessions.findById(session.getId())).isNull();
        StateSession before = Objects.requireNonNull(sessions.findById(id));
        assertThat(before.<String>getAttribute("noted")).isEqualTo("before");
        assertThat(before.<String>getAttribute(PRINCIPAL_NAME_INDEX_NAME)).isNull();

        allowAll();
        sessions.save(session);
        assertThat(sessions.findById(id)).isNull();
        assertThat(sessions.userSessions().list("alice"))
                .extracting(UserSession::id)
                .containsExactly(session.getId());
    }

    @Test
    void aNewSessionThatCanNotBeListedIsTakenBack() {
        allowOnly(":session", ":session-expiry");
        assertThatExceptionOfType(SessionUnavailableException.class).isThrownBy(() -> saved("alice"));
        allowAll();
        assertThat(SERVER.keys(prefix + ":session:")).isEmpty();
    }

    @Test
    void aSessionLeavesItsUsersListOnlyWhenItIsAnothers() {
        StateSession session = saved("alice");
        String id = session.getId();
        allowOnly(":session-user", ":session-expiry");
        session.changeSessionId();
        session.setAttribute(PRINCIPAL_NAME_INDEX_NAME, "bob");
        assertThatExceptionOfType(SessionUnavailableException.class).isThrownBy(() -> sessions.save(session));
        allowAll();

        assertThat(sessions.userSessions().list("alice"))
                .extracting(UserSession::id)
                .containsExactly(id);
        assertThat(sessions.userSessions().list("bob")).isEmpty();
        sessions.save(session);
        assertThat(sessions.userSessions().list("alice")).isEmpty();
        assertThat(sessions.userSessions().revokeAll("bob")).isEqualTo(1);
        assertThat(SERVER.keys(prefix + ":session:")).isEmpty();
    }

    @Test
    void aLoginIsOneThoughTheNotesOfTheFormerIdRemain() {
        StateSession session = saved("alice");
        SERVER.command(
                "ACL",
                "SETUSER",
                "default",
                "resetkeys",
                "~" + prefix + ":session:*",
                "~" + prefix + ":session-expiry:*",
                "~" + prefix + ":session-user:{bob}");
        session.setAttribute(PRINCIPAL_NAME_INDEX_NAME, "bob");
        sessions.save(session);
        allowAll();

        assertThat(sessions.userSessions().count("alice")).isZero();
        assertThat(sessions.userSessions().revokeAll("bob")).isEqualTo(1);
    }
}
