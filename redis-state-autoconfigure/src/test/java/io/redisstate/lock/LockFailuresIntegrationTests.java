package io.redisstate.lock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.redisstate.core.CallBreaker;
import io.redisstate.core.CallExecutor;
import io.redisstate.core.ConnectionCallExecutor;
import io.redisstate.core.ConnectionGuard;
import io.redisstate.core.ScriptCall;
import io.redisstate.core.WakeUps;
import io.redisstate.test.RedisCluster;
import io.redisstate.test.RedisSentinels;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import io.redisstate.test.ThrowingRunnable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.data.redis.connection.RedisConnectionFactory;

/** What waiters and holders see when Redis fails under them, and on every kind of server. */
@RedisTest
class LockFailuresIntegrationTests {

    private static final LockOptions OPTIONS =
            LockOptions.defaults().withWaitTime(Duration.ofMinutes(1)).withLeaseTime(Duration.ofSeconds(2));
    private static final String PREFIX = "failures";

    @ParameterizedTest
    @CsvSource({"jedis, false", "jedis, true", "lettuce, false", "lettuce, true"})
    void waitersOutlastScriptFlushKilledConnectionsAndARestart(String client, boolean fair) throws Exception {
        LockOptions options = OPTIONS.withFair(fair);
        try (RedisServer server = RedisServer.start();
                LockService one = service(client.equals("jedis") ? server.jedis() : server.lettuce());
                LockService two = service(client.equals("jedis") ? server.jedis() : server.lettuce())) {
            LockLease held = one.acquire("flushed", options);
            CompletableFuture<LockLease> waiter = waiting(two, "flushed", options, server);
            server.command("SCRIPT", "FLUSH");
            held.release();
            waiter.get(10, TimeUnit.SECONDS).release();

            held = one.acquire("killed", options);
            waiter = waiting(two, "killed", options, server);
            server.command("CLIENT", "KILL", "TYPE", "pubsub");
            server.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
            held.release();
            waiter.get(20, TimeUnit.SECONDS).release();

            held = one.acquire("restarted", options);
            waiter = waiting(two, "restarted", options, server);
            server.kill();
            server.restart();
            waiter.get(30, TimeUnit.SECONDS).release();
            LockLease lost = held;
            await().until(() -> !lost.isHeld());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"jedis", "lettuce"})
    void waitersOutlastAFailOver(String client) throws Exception {
        LockOptions fair = OPTIONS.withFair(true);
        try (RedisSentinels sentinels = RedisSentinels.start();
                LockService one = service(client.equals("jedis") ? sentinels.jedis() : sentinels.lettuce());
                LockService two = service(client.equals("jedis") ? sentinels.jedis() : sentinels.lettuce())) {
            LockLease held = one.acquire("a", OPTIONS);
            LockLease heldFairly = one.acquire("b", fair);
            CompletableFuture<LockLease> waiter = waiting(two, "a", OPTIONS, sentinels.primary());
            CompletableFuture<LockLease> fairWaiter = waiting(two, "b", fair, sentinels.primary());

            sentinels.failOver();
            held.release();
            heldFairly.release();

            for (CompletableFuture<LockLease> waiting : List.of(waiter, fairWaiter)) {
                LockLease next = waiting.get(60, TimeUnit.SECONDS);
                assertThat(next.isHeld()).isTrue();
                next.release();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aMessageThatIsLostIsMadeUpForByTheSafetyPoll(boolean fair) throws Exception {
        LockOptions options = LockOptions.defaults().withFair(fair);
        try (RedisServer server = RedisServer.start();
                WakeUps wakeUps = new WakeUps(server.jedis(), PREFIX, Duration.ofMillis(500));
                LockService one = service(server.jedis());
                LockService two = LockService.builder(server.jedis())
                        .keyPrefix(PREFIX)
                        .wakeUps(wakeUps)
                        .build()) {
            LockLease held = one.acquire("a", options);
            CompletableFuture<LockLease> waiter = waiting(two, "a", options, server);

            // Free, and nobody says so: long before the lease would have ended.
            server.command("DEL", PREFIX + ":lock:{a}");

            waiter.get(10, TimeUnit.SECONDS).release();
            assertThat(held.release()).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"jedis", "lettuce"})
    void locksWorkOnACluster(String client) throws Exception {
        RedisCluster cluster = RedisCluster.shared();
        RedisConnectionFactory connections = client.equals("jedis") ? cluster.jedis() : cluster.lettuce();
        try (LockService one = service(connections);
                LockService two = service(connections)) {
            for (int i = 0; i < 10; i++) {
                LockOptions options = OPTIONS.withFair(i % 2 == 0);
                LockLease held = one.acquire("order:{" + i + "}", options);
                CompletableFuture<LockLease> waiter = two.acquireAsync("order:{" + i + "}", options);
                // The future and the request, in the default mode also the queue of the name.
                int queued = options.fair() ? 2 : 3;
                await().until(() -> two.footprint() == queued);
                held.release();
                LockLease next = waiter.get(5, TimeUnit.SECONDS);
                assertThat(next.fencingToken()).isGreaterThan(held.fencingToken());
                next.release();
            }
            await().untilAsserted(
                            () -> assertThat(one.footprint() + two.footprint()).isZero());
        }
    }

    @Test
    void aLockCanBeConfirmedByReplicasOrIsGivenBack() throws Exception {
        try (RedisSentinels sentinels = RedisSentinels.start();
                LockService locks = service(sentinels.jedis());
                LockService lettuce = service(sentinels.lettuce())) {
            locks.acquire("a", OPTIONS.withReplicas(2)).release();
            lettuce.acquire("a", OPTIONS.withReplicas(2)).release();

            for (LockService service : List.of(locks, lettuce)) {
                LockOptions tooMany = OPTIONS.withReplicas(3).withReplicaTimeout(Duration.ofMillis(200));
                assertThatThrownBy(() -> service.acquire("a", tooMany))
                        .isInstanceOf(LockReplicationException.class)
                        .hasMessageContaining("2 of 3 replicas (option replicas)");
                service.tryAcquire("a").orElseThrow().release();
                // Given back at once: who never got the lock does not hold it for the least time either.
                assertThatThrownBy(() -> service.acquireAsync("a", tooMany.withLockAtLeastFor(OPTIONS.leaseTime()))
                                .get(10, TimeUnit.SECONDS))
                        .hasCauseInstanceOf(LockReplicationException.class);
                service.tryAcquire("a").orElseThrow().release();
                service.acquireAsync("a", OPTIONS.withReplicas(2))
                        .get(10, TimeUnit.SECONDS)
                        .release();
            }
        }
    }

    @Test
    void onAClusterTheReplicasOfTheLocksOwnPrimaryConfirmIt() throws Exception {
        RedisCluster cluster = RedisCluster.shared();
        for (LockService service : List.of(service(cluster.jedis()), service(cluster.lettuce()))) {
            try (service) {
                for (int i = 0; i < 10; i++) {
                    service.acquire("a" + i, OPTIONS.withReplicas(1)).release();
                }
                LockOptions tooMany = OPTIONS.withReplicas(2).withReplicaTimeout(Duration.ofMillis(200));
                assertThatThrownBy(() -> service.acquire("a", tooMany))
                        .isInstanceOf(LockReplicationException.class)
                        .hasMessageContaining("1 of 2 replicas (option replicas)");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"jedis", "lettuce"})
    void anUnreachableServerIsAnExceptionWithinBounds(String client) throws Exception {
        try (RedisServer server = RedisServer.start();
                LockService locks =
                        service(client.equals("jedis") ? server.jedis() : server.lettuce(Duration.ofMillis(500)))) {
            locks.acquire("a").release();
            server.kill();

            long since = System.nanoTime();
            assertThatThrownBy(() -> locks.acquire("a")).isInstanceOf(DataAccessException.class);
            assertThatThrownBy(() -> locks.acquire("a", OPTIONS.withFair(true)))
                    .isInstanceOf(DataAccessException.class);
            assertThatThrownBy(() -> locks.tryAcquire("a")).isInstanceOf(DataAccessException.class);
            assertThat(Duration.ofNanos(System.nanoTime() - since)).isLessThan(Duration.ofSeconds(30));
            assertThat(locks.footprint()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"jedis", "lettuce"})
    void aLockLostBeforeItsReplicationIsConfirmedIsSaidToBe(String client) throws Exception {
        try (RedisServer server = RedisServer.start()) {
            RedisConnectionFactory connections = client.equals("jedis") ? server.jedis() : server.lettuce();
            CallExecutor calls = new ConnectionCallExecutor(connections);
            LockService locks = LockService.builder(connections)
                    .keyPrefix(PREFIX)
                    .calls(new After(calls, () -> server.command("SET", PREFIX + ":lock:{a}", "thief")))
                    .build();
            try (locks) {
                assertThatThrownBy(() ->
                                locks.acquire("a", OPTIONS.withReplicas(1).withReplicaTimeout(Duration.ofMillis(50))))
                        .isInstanceOf(LockReplicationException.class)
                        .hasMessageContaining("'a' was lost before");
            }
        }
    }

    @Test
    void aLeaseThatEndedBeforeItsTokenWasReadIsNotGivenOut() throws Exception {
        LockOptions options =
                OPTIONS.withLeaseTime(Duration.ofMillis(500)).withRenew(false).withWaitTime(Duration.ofSeconds(30));
        try (RedisServer server = RedisServer.start();
                LockService other = service(server.jedis())) {
            AtomicReference<LockLease> theirs = new AtomicReference<>();
            CallExecutor calls = new ConnectionCallExecutor(server.jedis());
            LockService locks = LockService.builder(server.jedis())
                    .keyPrefix(PREFIX)
                    .calls(new Between(
                            calls, () -> theirs.set(other.acquire("a", options.withLeaseTime(Duration.ofMinutes(1))))))
                    .build();
            try (locks) {
                assertThat(locks.tryAcquire("a", options.withWaitTime(Duration.ofSeconds(1))))
                        .isEmpty();
                assertThat(theirs.get().isHeld()).isTrue();
                theirs.get().release();
                LockLease next = locks.acquire("a", options);
                assertThat(next.fencingToken()).isGreaterThan(theirs.get().fencingToken());
                next.release();
            }
        }
    }

    /** The calls of the first pipeline go one by one, and something happens after the first of them. */
    private static final class Between implements CallExecutor {

        private final CallExecutor calls;
        private @Nullable ThrowingRunnable action;

        Between(CallExecutor calls, ThrowingRunnable action) {
            this.calls = calls;
            this.action = action;
        }

        @Override
        public <T extends @Nullable Object> T execute(ScriptCall<T> call) {
            return calls.execute(call);
        }

        @Override
        public <T extends @Nullable Object> List<Outcome<T>> executeAll(List<ScriptCall<T>> many) {
            ThrowingRunnable now = action;
            action = null;
            if (now == null) {
                return calls.executeAll(many);
            }
            List<Outcome<T>> outcomes = new ArrayList<>(calls.executeAll(many.subList(0, 1)));
            try {
                now.run();
            } catch (Exception ex) {
                throw new IllegalStateException(ex);
            }
            outcomes.addAll(calls.executeAll(many.subList(1, many.size())));
            return outcomes;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"jedis", "lettuce"})
    void aFreeLockIsTakenOnceAlsoIfTheReplyWasLost(String client) throws Exception {
        try (RedisServer server = RedisServer.start();
                LockService other = service(server.jedis())) {
            RedisConnectionFactory connections = client.equals("jedis") ? server.jedis() : server.lettuce();
            AtomicInteger pipelines = new AtomicInteger();
            CallExecutor lossy = new After(new ConnectionCallExecutor(connections), () -> {
                if (pipelines.getAndIncrement() == 0) {
                    throw new QueryTimeoutException("The reply was lost");
                }
            });
            LockService locks = LockService.builder(connections)
                    .keyPrefix(PREFIX)
                    .calls(new ConnectionGuard(
                            lossy,
                            ConnectionGuard.backOff(2, Duration.ofMillis(1), Duration.ofMillis(1)),
                            CallBreaker.NONE))
                    .build();
            try (locks) {
                LockLease lease = locks.acquire("a", OPTIONS);
                assertThat(lease.isHeld()).isTrue();
                assertThat(lease.fencingToken()).isPositive();
                assertThat(other.tryAcquire("a")).isEmpty();
                assertThat(lease.release()).isTrue();
                other.tryAcquire("a").orElseThrow().release();
            }
        }
    }

    /** Does something after each call or pipeline. */
    private record After(CallExecutor calls, Runnable action) implements CallExecutor {

        @Override
        public <T extends @Nullable Object> T execute(ScriptCall<T> call) {
            T result = calls.execute(call);
            action.run();
            return result;
        }

        @Override
        public <T extends @Nullable Object> List<Outcome<T>> executeAll(List<ScriptCall<T>> many) {
            List<Outcome<T>> outcomes = calls.executeAll(many);
            action.run();
            return outcomes;
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aServerThatHangsMakesTheHolderLoseItsLeaseInTimeAndTheLockIsFreeAfterwards(boolean fair) throws Exception {
        Duration leaseTime = Duration.ofSeconds(4);
        try (RedisServer server = RedisServer.start();
                LockService locks = service(server.jedis());
                LockService other = service(server.jedis())) {
            LockOptions options = OPTIONS.withLeaseTime(leaseTime).withFair(fair);
            LockLease lease = locks.acquire("a", options);
            CompletableFuture<Void> lost = new CompletableFuture<>();
            lease.onLost(() -> lost.complete(null));
            server.pause();

            lost.get(7, TimeUnit.SECONDS);

            assertThat(lease.isHeld()).isFalse();
            server.resume();
            // The renewal that lay in the server's socket has taken the lock for one more lease: nobody waits for that.
            long since = System.nanoTime();
            other.acquire("a", OPTIONS).release();
            assertThat(Duration.ofNanos(System.nanoTime() - since)).isLessThan(leaseTime.minusSeconds(1));
        }
    }

    private static LockService service(RedisConnectionFactory connections) {
        return LockService.builder(connections).keyPrefix(PREFIX).build();
    }

    private static CompletableFuture<LockLease> waiting(
            LockService locks, String name, LockOptions options, RedisServer server) {
        CompletableFuture<LockLease> waiter = locks.acquireAsync(name, options);
        await().until(() -> String.valueOf(server.command("GET", PREFIX + ":lock:{" + name + "}"))
                .contains("\n"));
        return waiter;
    }
}
