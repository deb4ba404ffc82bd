package io.redisstate.structure.presence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import io.redisstate.core.CallExecutor;
import io.redisstate.core.ConnectionGuard;
import io.redisstate.core.FeatureThreads;
import io.redisstate.core.KeySpace;
import io.redisstate.core.ScriptCall;
import io.redisstate.structure.OpenedStructures;
import io.redisstate.structure.RedisStructures;
import io.redisstate.structure.presence.PresenceEvent.Kind;
import io.redisstate.test.JavaProcess;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.data.redis.connection.RedisConnectionFactory;

@RedisTest
class PresenceIntegrationTests {

    private static final Duration LONG = Duration.ofMinutes(5);
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final RedisServer redis = RedisServer.shared();

    @RegisterExtension
    final OpenedStructures structures = new OpenedStructures();

    @ParameterizedTest
    @MethodSource("io.redisstate.structure.Deployments#servers")
    void roomsHoldWhomTheModelHolds(Supplier<RedisConnectionFactory> factory) {
        Random random = new Random(System.nanoTime());
        Presence presence = structures.on(factory.get()).presence("{model}\n%", LONG);
        List<String> told = new CopyOnWriteArrayList<>();
        presence.listen(event -> told.add(event.kind() + " " + event.room() + " " + event.member()));
        Map<String, Set<String>> model = new HashMap<>();
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            String room = "room {" + random.nextInt(3) + "}";
            String member = "member " + random.nextInt(8);
            Set<String> members = model.computeIfAbsent(room, key -> new HashSet<>());
            if (random.nextInt(3) > 0) {
                boolean joined = members.add(member);
                assertThat(presence.heartbeat(room, member)).isEqualTo(joined);
                if (joined) {
                    expected.add(Kind.JOINED + " " + room + " " + member);
                }
            } else {
                boolean left = members.remove(member);
                assertThat(presence.leave(room, member)).isEqualTo(left);
                if (left) {
                    expected.add(Kind.LEFT + " " + room + " " + member);
                }
            }
            assertThat(presence.count(room)).isEqualTo(members.size());
            assertThat(presence.members(room, 100)).isEqualTo(members);
            assertThat(presence.isPresent(room, member)).isEqualTo(members.contains(member));
        }
        await().atMost(LIMIT).until(() -> told.size() >= expected.size());
        assertThat(told).isEqualTo(expected);
        model.forEach((room, members) -> members.forEach(member -> presence.leave(room, member)));
    }

    @ParameterizedTest
    @MethodSource("io.redisstate.structure.Deployments#all")
    void whoIsNotHeardOfExpiresAndEveryProcessIsToldOnce(Supplier<RedisConnectionFactory> factory) {
        Presence one = structures.on(factory.get()).presence("short", Duration.ofSeconds(1));
        Presence other = structures.on(factory.get()).presence("short", Duration.ofSeconds(1));
        List<PresenceEvent> toldOne = new CopyOnWriteArrayList<>();
        List<PresenceEvent> toldOther = new CopyOnWriteArrayList<>();
        one.listen(toldOne::add);
        other.listen(toldOther::add);
        one.heartbeat("lobby", List.of("ann", "ben"));

        await().atMost(LIMIT).until(() -> one.count("lobby") == 0);
        assertThat(one.members("lobby", 10)).isEmpty();
        assertThat(one.isPresent("lobby", "ann")).isFalse();
        await().atMost(LIMIT).until(() -> toldOne.size() >= 4 && toldOther.size() >= 4);
        assertThat(toldOne).isEqualTo(toldOther).hasSize(4);
        assertThat(toldOne)
                .extracting(PresenceEvent::kind)
                .containsExactly(Kind.JOINED, Kind.JOINED, Kind.EXPIRED, Kind.EXPIRED);
        assertThat(toldOne).extracting(PresenceEvent::room).containsOnly("lobby");
        assertThat(Duration.between(toldOne.get(0).time(), toldOne.get(3).time()))
                .isGreaterThanOrEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void whoIsHeldStaysUntilTheLastHoldIsClosed() {
        Presence presence = structures.on(redis.jedis()).presence("held", Duration.ofSeconds(2));
        PresenceHold first = presence.hold("lobby", "ann");
        PresenceHold second = presence.hold("lobby", "ann");
        presence.heartbeat("lobby", "ben");
        await().atMost(LIMIT).until(() -> presence.count("lobby") == 1);
        assertThat(presence.isPresent("lobby", "ann")).isTrue();
        first.close();
        first.close();
        assertThat(presence.isPresent("lobby", "ann")).isTrue();
        second.close();
        assertThat(presence.isPresent("lobby", "ann")).isFalse();
    }

    @Test
    void whoIsReleasedWhileBeingRenewedIsNotThere() throws Exception {
        Gate gate = new Gate(true);
        FeatureThreads threads = new FeatureThreads("presence-test", false, Duration.ofSeconds(5));
        PresenceProtocol protocol =
                new PresenceProtocol(gate, KeySpace.of(structures.prefix(), "presence"), "renewed", LONG);
        try (PresenceHolds holds = new PresenceHolds(protocol, Duration.ofMillis(50), threads)) {
            PresenceHold other = holds.hold("lobby", "ben");
            PresenceHold hold = holds.hold("lobby", "ann");
            gate.armed = true;
            assertThat(gate.reached.await(30, TimeUnit.SECONDS)).isTrue();
            hold.close();
            assertThat(protocol.isThere("lobby", "ann")).isFalse();
            gate.open.countDown();
            assertThat(gate.passed.await(30, TimeUnit.SECONDS)).isTrue();
            await().atMost(LIMIT).until(() -> !protocol.isThere("lobby", "ann"));
            assertThat(protocol.isThere("lobby", "ben")).isTrue();
            other.close();
        } finally {
            gate.open.countDown();
            threads.close();
        }
    }

    @Test
    void whoIsHeldAgainWhileBeingReleasedIsThere() throws Exception {
        Gate gate = new Gate(false);
        FeatureThreads threads = new FeatureThreads("presence-test", false, Duration.ofSeconds(5));
        PresenceProtocol protocol =
                new PresenceProtocol(gate, KeySpace.of(structures.prefix(), "presence"), "again", LONG);
        try (PresenceHolds holds = new PresenceHolds(protocol, LONG, threads)) {
            PresenceHold first = holds.hold("lobby", "ann");
            gate.armed = true;
            Thread releasing = new Thread(first::close);
            releasing.start();
            assertThat(gate.reached.await(30, TimeUnit.SECONDS)).isTrue();
            PresenceHold second = holds.hold("lobby", "ann");
            gate.open.countDown();
            releasing.join();
            assertThat(protocol.isThere("lobby", "ann")).isTrue();
            second.close();
            assertThat(protocol.isThere("lobby", "ann")).isFalse();
        } finally {
            gate.open.countDown();
            threads.close();
        }
    }

    /** Keeps one call from going on once it is armed: the next of many at once, or the next single one. */
    private final class Gate implements CallExecutor {

        private final CallExecutor target = ConnectionGuard.of(redis.jedis());
        private final boolean many;
        private final AtomicBoolean used = new AtomicBoolean();
        final CountDownLatch reached = new CountDownLatch(1);
        final CountDownLatch open = new CountDownLatch(1);
        final CountDownLatch passed = new CountDownLatch(1);
        volatile boolean armed;

        Gate(boolean many) {
            this.many = many;
        }

        @Override
        public <T extends @Nullable Object> T execute(ScriptCall<T> call) {
            return !many && armed && used.compareAndSet(false, true)
                    ? held(() -> target.execute(call))
                    : target.execute(call);
        }

        @Override
        public <T extends @Nullable Object> List<Outcome<T>> executeAll(List<ScriptCall<T>> calls) {
            return many && armed && used.compareAndSet(false, true)
                    ? held(() -> target.executeAll(calls))
                    : target.executeAll(calls);
        }

        private <T extends @Nullable Object> T held(Supplier<T> call) {
            reached.countDown();
            try {
                assertThat(open.await(30, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException ex) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(ex);
            }
            T reply = call.get();
            passed.countDown();
            return reply;
        }
    }

    @Test
    void theMembersOfAKilledProcessExpire() throws Exception {
        Presence presence = structures.on(redis.jedis()).presence("killed", Duration.ofSeconds(2));
        List<PresenceEvent> told = new CopyOnWriteArrayList<>();
        presence.listen(told::add);
        try (JavaProcess holder = JavaProcess.start(Holder.class, redis.url(), structures.prefix())) {
            holder.awaitLine("held", Duration.ofSeconds(60));
            assertThat(presence.isPresent("lobby", "held")).isTrue();
            holder.kill();
            await().atMost(LIMIT).until(() -> told.size() == 2);
        }
        assertThat(told.get(1).kind()).isEqualTo(Kind.EXPIRED);
        assertThat(presence.count("lobby")).isZero();
    }

    @Test
    void eventsMissedWhileRedisWasAwayAreTold() {
        try (RedisServer own = RedisServer.start("--appendonly", "no")) {
            RedisStructures away = structures.on(own.newJedis());
            RedisStructures here = structures.on(own.jedis());
            Presence listening = away.presence("paused", LONG);
            List<PresenceEvent> told = new CopyOnWriteArrayList<>();
            listening.listen(told::add);
            Presence presence = here.presence("paused", LONG);
            presence.heartbeat("lobby", "ann");
            await().atMost(LIMIT).until(() -> told.size() == 1);
            own.command("CLIENT", "KILL", "TYPE", "pubsub");
            presence.heartbeat("lobby", "ben");
            presence.leave("lobby", "ann");
            await().atMost(LIMIT).until(() -> told.size() == 3);
            assertThat(told).extracting(PresenceEvent::member).containsExactly("ann", "ben", "ann");
            away.close();
            here.close();
        }
    }

    @Test
    void everyOperationIsOneRoundTripAndAListenerThatThrowsDoesNotStopTheOthers() throws Exception {
        Presence presence = structures.on(redis.jedis()).presence("cost", LONG);
        presence.heartbeat("lobby", "ann");
        presence.count("lobby");
        presence.leave("lobby", "zoe");
        assertThat(redis.count(() -> presence.heartbeat("lobby", List.of("ann", "ben")))
                        .of("evalsha"))
                .isEqualTo(1);
        assertThat(redis.count(() -> presence.count("lobby")).of("evalsha")).isEqualTo(1);
        assertThat(redis.count(() -> presence.leave("lobby", "ann")).of("evalsha"))
                .isEqualTo(1);

        CountDownLatch told = new CountDownLatch(1);
        AutoCloseable failing = presence.listen(event -> {
            throw new IllegalStateException("on purpose");
        });
        AutoCloseable counting = presence.listen(event -> told.countDown());
        presence.heartbeat("lobby", "cid");
        assertThat(told.await(30, TimeUnit.SECONDS)).isTrue();
        failing.close();
        counting.close();
        assertThat(redis.keys(structures.prefix()))
                .isNotEmpty()
                .allSatisfy(key ->
                        assertThat((Long) redis.command("PTTL", key)).as(key).isPositive());
    }

    @Test
    void badNumbersAreNamed() {
        RedisStructures opened = structures.on(redis.jedis());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> opened.presence("bad", Duration.ofMillis(5)))
                .withMessageContaining("'bad' is PT0.005S");
        Presence presence = opened.presence("bad", LONG);
        assertThatIllegalArgumentException().isThrownBy(() -> presence.heartbeat("lobby", List.of()));
        assertThatIllegalArgumentException().isThrownBy(() -> presence.members("lobby", 0));
    }

    static final class Holder {

        public static void main(String[] arguments) throws Exception {
            RedisServer server = RedisServer.at(URI.create(arguments[0]));
            RedisStructures structures = RedisStructures.builder(server.jedis())
                    .keyPrefix(arguments[1])
                    .build();
            structures.presence("killed", Duration.ofSeconds(2)).hold("lobby", "held");
            System.out.println("held");
            new CountDownLatch(1).await();
        }
    }
}
