package io.redisstate.lock.leader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.redisstate.lock.LockService;
import io.redisstate.test.JavaProcess;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

@RedisTest
class LeaderElectionIntegrationTests {

    private static final Duration LEASE = Duration.ofSeconds(2);
    private static final Duration STARTED = Duration.ofSeconds(60);

    private final RedisServer redis = RedisServer.shared();
    private final String prefix = redis.uniquePrefix();

    /** Notes what it is told. */
    private static final class Recorder implements LeadershipListener {

        private final List<String> told = Collections.synchronizedList(new ArrayList<>());
        private volatile long token;

        @Override
        public void granted(Leadership leadership) {
            token = leadership.fencingToken();
            told.add("granted");
        }

        @Override
        public void revoked(Leadership leadership) {
            told.add("revoked");
        }
    }

    private LockService locks(RedisServer server) {
        return LockService.builder(server.jedis()).keyPrefix(prefix).build();
    }

    @Test
    void aListenerThatStopsItsElectionEndsTheTerm() {
        Recorder next = new Recorder();
        AtomicReference<LeaderElection> own = new AtomicReference<>();
        try (LockService one = locks(redis);
                LockService two = locks(redis)) {
            LeaderElection a = new LeaderElection(one, "once", Duration.ofSeconds(60), new LeadershipListener() {
                @Override
                public void granted(Leadership leadership) {
                    own.get().stop();
                }

                @Override
                public void revoked(Leadership leadership) {}
            });
            own.set(a);
            a.start();
            try (LeaderElection b = new LeaderElection(two, "once", Duration.ofSeconds(60), next)) {
                b.start();
                await().atMost(Duration.ofSeconds(20))
                        .untilAsserted(() -> assertThat(next.told).containsExactly("granted"));
                assertThat(a.isLeader()).isFalse();
            }
        }
    }

    @Test
    void aListenerThatThrowsAnErrorOrInterruptsItsThreadIsStillACandidate() {
        Recorder recorder = new Recorder();
        LeadershipListener broken = new LeadershipListener() {
            @Override
            public void granted(Leadership leadership) {
                recorder.granted(leadership);
                Thread.currentThread().interrupt();
                throw new NoSuchMethodError("to be logged");
            }

            @Override
            public void revoked(Leadership leadership) {
                recorder.revoked(leadership);
                Thread.currentThread().interrupt();
                throw new AssertionError("to be logged");
            }
        };
        try (LockService locks = locks(redis);
                LeaderElection election = new LeaderElection(locks, "broken", Duration.ofSeconds(60), broken)) {
            election.start();
            await().until(() -> election.isLeader() && recorder.told.contains("granted"));

            election.resign();

            await().untilAsserted(() -> assertThat(recorder.told).containsExactly("granted", "revoked", "granted"));
            assertThat(election.isLeader()).isTrue();
            election.stop();
            assertThat(recorder.told).hasSize(4).endsWith("revoked");
            assertThat(election.isLeader()).isFalse();
        }
    }

    @Test
    void oneLeadsAndTheNextFollowsAtOnceWhenItStops() {
        Recorder first = new Recorder();
        Recorder second = new Recorder();
        try (LockService one = locks(redis);
                LockService two = locks(redis);
                LeaderElection a = new LeaderElection(one, "reports", Duration.ofSeconds(60), first);
                LeaderElection b = new LeaderElection(two, "reports", Duration.ofSeconds(60), second)) {
            a.start();
            await().untilAsserted(() -> assertThat(first.told).containsExactly("granted"));
            b.start();
            assertThat(a.isLeader()).isTrue();
            assertThat(b.isLeader()).isFalse();

            a.stop();

            assertThat(first.told).containsExactly("granted", "revoked");
            assertThat(a.isLeader()).isFalse();
            await().atMost(Duration.ofSeconds(10)).until(b::isLeader);
            assertThat(second.token).isGreaterThan(first.token);

            a.start();
            b.resign();
            await().atMost(Duration.ofSeconds(20)).until(a::isLeader);
            assertThat(second.told).startsWith("granted", "revoked");
        }
    }

    @Test
    void killingTheLeaderMakesAnotherOneLeadWithinTheLease() throws Exception {
        try (JavaProcess leader = JavaProcess.start(Candidate.class, redis.url(), prefix);
                LockService locks = locks(redis)) {
            leader.awaitLine("granted ", STARTED);
            Recorder recorder = new Recorder();
            try (LeaderElection next = new LeaderElection(locks, "term", LEASE, recorder)) {
                next.start();
                leader.kill();
                await().atMost(LEASE.plusSeconds(3)).until(next::isLeader);
            }
        }
    }

    @Test
    void aPausedLeaderIsRevokedAndItsTokenIsTheSmaller() throws Exception {
        try (JavaProcess leader = JavaProcess.start(Candidate.class, redis.url(), prefix);
                LockService locks = locks(redis)) {
            long old = Long.parseLong(leader.awaitLine("granted ", STARTED).substring("granted ".length()));
            leader.pause();
            Recorder recorder = new Recorder();
            try (LeaderElection next = new LeaderElection(locks, "term", LEASE, recorder)) {
                next.start();
                await().atMost(LEASE.plusSeconds(8)).until(next::isLeader);
                assertThat(recorder.token).isGreaterThan(old);
                leader.resume();
                leader.awaitLine("revoked", STARTED);
                assertThat(next.isLeader()).isTrue();
            }
        }
    }

    @Test
    void withoutRedisNobodyLeadsAndAfterwardsSomebodyDoesAgain() throws Exception {
        try (RedisServer server = RedisServer.start()) {
            Recorder recorder = new Recorder();
            try (LockService locks = locks(server);
                    LeaderElection election = new LeaderElection(locks, "term", LEASE, recorder)) {
                election.start();
                await().until(election::isLeader);

                server.kill();
                await().atMost(LEASE.plusSeconds(10)).until(() -> recorder.told.contains("revoked"));
                assertThat(election.isLeader()).isFalse();

                server.restart();
                await().atMost(Duration.ofSeconds(30)).until(election::isLeader);
            }
        }
    }

    static final class Candidate {

        public static void main(String[] arguments) throws Exception {
            RedisServer server = RedisServer.at(URI.create(arguments[0]));
            LockService locks =
                    LockService.builder(server.jedis()).keyPrefix(arguments[1]).build();
            new LeaderElection(locks, "term", LEASE, new LeadershipListener() {
                        @Override
                        public void granted(Leadership leadership) {
                            System.out.println("granted " + leadership.fencingToken());
                        }

                        @Override
                        public void revoked(Leadership leadership) {
                            System.out.println("revoked");
                        }
                    })
                    .start();
            new CountDownLatch(1).await();
        }
    }
}
