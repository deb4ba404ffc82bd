package io.redisstate.lock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.redisstate.core.CallExecutor;
import io.redisstate.core.ConnectionCallExecutor;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Each script by itself, with ids and channels made up. */
@RedisTest
class LockScriptsIntegrationTests {

    private final RedisServer redis = RedisServer.shared();
    private final CallExecutor calls = new ConnectionCallExecutor(redis.jedis());
    private final String key = redis.uniquePrefix() + ":lock:{a}";

    @AfterEach
    void remove() {
        redis.command("DEL", key);
    }

    private long[] acquire(String id, long lease, boolean queue) {
        return calls.execute(
                queue
                        ? LockProtocol.ACQUIRE.call(List.of(key), id, lease + 10_000, line(id))
                        : LockProtocol.ACQUIRE.call(List.of(key), id, lease + 10_000));
    }

    private long[] release(String id, boolean trustPublish, long hold, String successor) {
        String terms = "0 " + (trustPublish ? "1 " : "0 ") + hold;
        return calls.execute(
                successor.isEmpty()
                        ? LockProtocol.RELEASE.call(List.of(key), id, terms)
                        : LockProtocol.RELEASE.call(List.of(key), id, terms, line(successor), successor, 30_000));
    }

    private String line(String id) {
        return "\n" + key + "-channel " + id + " 5000";
    }

    private long timeToLive() {
        return Long.parseLong(String.valueOf(redis.command("PTTL", key)));
    }

    private String value() {
        return String.valueOf(redis.command("GET", key));
    }

    @Test
    void acquireTakesAFreeLockAndRepeatingItExtendsTheLease() {
        long[] first = acquire("s.1", 30_000, true);
        long[] again = acquire("s.1", 30_000, true);

        assertThat(first).hasSize(1);
        assertThat(again[0]).isOne();
        assertThat(again[1]).isGreaterThan(first[0]);
        assertThat(again[3] - again[2] / 1000).isBetween(29_990L, 30_000L);
        assertThat(timeToLive()).isBetween(39_000L, 40_000L);
    }

    @Test
    void theScriptsKnowTheTimesOfTheProtocol() {
        assertThat(new String(LockProtocol.ACQUIRE.body(), StandardCharsets.UTF_8))
                .contains("local grace, turn = " + LockProtocol.GRACE.toMillis() + ", " + LockProtocol.TURN.toMillis());
        assertThat(new String(LockProtocol.RELEASE.body(), StandardCharsets.UTF_8))
                .contains("local grace = " + LockProtocol.GRACE.toMillis() + " ");
    }

    @Test
    void theNextOwnersTokenIsLargerThanThoseGivenOutWhateverTheClockSays() {
        acquire("s.1", 30_000, true);
        acquire("s.2", 30_000, true);
        long farAhead = 9_000_000_000_000_000L;

        long[] kept = calls.execute(
                LockProtocol.RELEASE.call(List.of(key), "s.1", farAhead + " 1 0", line("s.9"), "s.9", 30_000));

        assertThat(kept[0]).isEqualTo(2);
        assertThat(kept[1]).isEqualTo(farAhead);
    }

    @Test
    void acquireQueuesOnceAndOnlyIfAsked() {
        acquire("s.1", 30_000, true);

        assertThat(acquire("s.2", 30_000, false)[0]).isZero();
        assertThat(value()).doesNotContain("s.2");
        acquire("s.2", 30_000, true);
        acquire("s.2", 30_000, true);
        acquire("s.3", 30_000, true);

        assertThat(value().lines().skip(1)).hasSize(2);
        assertThat(value()).endsWith(" s.3 5000");
    }

    @Test
    void afterTheExpiryTheQueueKeepsItsOrderAndThoseWhoDoNotComeArePassedOver() {
        acquire("s.1", 300, true);
        long expiry = acquire("s.2", 30_000, true)[3];
        acquire("s.3", 30_000, true);
        acquire("s.4", 30_000, true);

        await().until(() -> acquire("s.9", 30_000, false)[2] / 1000 >= expiry);
        long[] third = acquire("s.3", 30_000, true);
        assertThat(third[0]).isZero();
        assertThat(third[3]).isBetween(expiry + 199, expiry + 201);
        await().until(() -> acquire("s.3", 30_000, true)[0] == 1);

        assertThat(value()).startsWith("s.3\n").endsWith(" s.4 5000").doesNotContain("s.2");
    }

    @Test
    void releaseFreesALockThatNobodyWaitsFor() {
        acquire("s.1", 30_000, true);

        assertThat(release("s.2", true, 0, "")[0]).isZero();
        assertThat(release("s.1", true, 0, "")[0]).isOne();
        assertThat(redis.command("EXISTS", key)).isEqualTo(0L);
        assertThat(release("s.1", true, 0, "")[0]).isZero();
    }

    @Test
    void releasePassesTheLockToTheFirstInTheQueueWithALargerToken() {
        long token = acquire("s.1", 30_000, true)[0];
        acquire("s.2", 30_000, true);
        acquire("s.3", 30_000, true);

        assertThat(release("s.1", false, 0, "")[0]).isOne();

        assertThat(value()).startsWith("s.2\n").endsWith(" s.3 5000");
        assertThat(acquire("s.2", 30_000, true)[1]).isGreaterThan(token);
    }

    @Test
    void releasePassesOverWhoListensNoMoreExceptOnACluster() {
        acquire("s.1", 30_000, true);
        acquire("s.2", 30_000, true);

        assertThat(release("s.1", true, 0, "")[0]).isOne();

        assertThat(redis.command("EXISTS", key)).isEqualTo(0L);
    }

    @Test
    void releaseTakesAWaiterOutOfTheQueue() {
        acquire("s.1", 30_000, true);
        acquire("s.2", 30_000, true);
        acquire("s.3", 30_000, true);

        release("s.2", true, 0, "");

        assertThat(value()).startsWith("s.1\n").endsWith(" s.3 5000").doesNotContain("s.2");
        assertThat(timeToLive()).isGreaterThan(39_000L);
    }

    @Test
    void releaseKeepsTheLockForTheSuccessorIfNobodyElseWaitsAndRepeatingItGivesTheSame() {
        acquire("s.1", 30_000, true);

        long[] kept = release("s.1", true, 0, "s.2");
        long[] again = release("s.1", true, 0, "s.2");

        assertThat(kept[0]).isEqualTo(2);
        assertThat(again[0]).isEqualTo(2);
        assertThat(again[1]).isGreaterThanOrEqualTo(kept[1]);
        assertThat(value()).isEqualTo("s.2");
    }

    @Test
    void releaseQueuesTheSuccessorBehindThoseWhoWaitAndRepeatingItGivesTheSame() {
        acquire("s.1", 30_000, true);
        acquire("o.1", 30_000, true);

        assertThat(release("s.1", false, 0, "s.2")[0]).isEqualTo(3);
        assertThat(release("s.1", false, 0, "s.2")[0]).isEqualTo(3);

        assertThat(value()).startsWith("o.1\n").endsWith(" s.2 5000");
        assertThat(value().lines()).hasSize(2);
    }

    @Test
    void releaseCanKeepTheLockTakenForAWhile() {
        acquire("s.1", 30_000, true);

        long[] reply = release("s.1", true, 20_000, "");

        assertThat(reply[0]).isOne();
        assertThat(acquire("s.2", 30_000, false)[0]).isZero();
        assertThat(timeToLive()).isBetween(29_000L, 30_000L);
    }

    @Test
    void renewExtendsTheOwnersLeaseOnlyAndKeepsTheQueue() {
        acquire("s.1", 1_000, true);
        acquire("s.2", 30_000, true);

        assertThat(renew("s.2")).isZero();
        assertThat(renew("s.1")).isOne();

        assertThat(timeToLive()).isGreaterThan(39_000L);
        assertThat(value()).endsWith(" s.2 5000");
        redis.command("DEL", key);
        assertThat(renew("s.1")).isZero();
    }

    private long renew(String id) {
        return calls.execute(LockProtocol.RENEW.call(List.of(key), id, 40_000));
    }
}
