package io.redisstate.lock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.redisstate.test.JavaProcess;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What holds whatever happens to the processes: killed, paused, many at once. */
@RedisTest
class LockGuaranteesIntegrationTests {

    private static final Duration STARTED = Duration.ofMinutes(1);

    private final RedisServer redis = RedisServer.shared();
    private final String prefix = redis.uniquePrefix();

    @Test
    void sixteenThreadsOfTwoProcessesExcludeEachOtherForThirtySeconds() throws Exception {
        String counter = prefix + ":counter";
        redis.command("SET", counter, "0");
        long sum = 0;
        try (JavaProcess one = process("count", "30");
                JavaProcess two = process("count", "30")) {
            for (JavaProcess process : List.of(one, two)) {
                String line = process.awaitLine("counted ", Duration.ofMinutes(2));
                long counted = Long.parseLong(line.substring("counted ".length()));
                assertThat(counted).isPositive();
                sum += counted;
            }
        }
        assertThat(redis.command("GET", counter)).isEqualTo(String.valueOf(sum));
        redis.command("DEL", counter);
        assertThat(redis.keys(prefix)).isEmpty();
    }

    @Test
    void killingTheHoldersProcessFreesTheLockWithinItsLease() throws Exception {
        try (JavaProcess holder = process("hold", "a");
                LockService locks = service()) {
            holder.awaitLine("held ", STARTED);
            CompletableFuture<LockLease> waiter = locks.acquireAsync("a", LockProcess.OPTIONS);
            awaitQueued(1);

            holder.kill();
            long killed = System.nanoTime();

            waiter.get(60, TimeUnit.SECONDS).release();
            // The lease, and half a second for two busy cores.
            assertThat(Duration.ofNanos(System.nanoTime() - killed)).isLessThan(Duration.ofMillis(2_500));
        }
    }

    @Test
    void aPausedHolderCantReleaseTheNextHoldersLockAndLearnsThatItLost() throws Exception {
        try (JavaProcess holder = process("hold", "a");
                LockService locks = service()) {
            String held = holder.awaitLine("held ", STARTED);
            holder.pause();
            LockLease next = locks.acquire("a", LockProcess.OPTIONS);
            assertThat(next.fencingToken()).isGreaterThan(Long.parseLong(held.substring("held ".length())));

            holder.resume();
            holder.awaitLine("lost", STARTED);
            holder.send("release");

            assertThat(holder.awaitLine("released", STARTED)).isEqualTo("released held=false");
            assertThat(next.isHeld()).isTrue();
            assertThat(redis.keys(prefix)).isNotEmpty();
            next.release();
            assertThat(redis.keys(prefix)).isEmpty();
        }
    }

    @Test
    void aWaiterWhoseProcessDiedIsPassedOver() throws Exception {
        try (LockService locks = service();
                LockService other = service()) {
            LockLease held = locks.acquire("a", LockProcess.OPTIONS);
            JavaProcess dead = process("hold", "a");
            awaitQueued(1);
            CompletableFuture<LockLease> next = other.acquireAsync("a", LockProcess.OPTIONS.withFair(true));
            awaitQueued(2);
            dead.kill();
            dead.close();
            // Until the server has noticed; before that, the dead one would be granted a turn of its lease.
            await().until(() -> redis.command("PUBSUB", "CHANNELS", prefix + ":wake:*") instanceof List<?> channels
                    && channels.size() == 1);

            held.release();

            next.get(1_500, TimeUnit.MILLISECONDS).release();
        }
    }

    private JavaProcess process(String what, String argument) {
        return JavaProcess.start(LockProcess.class, what, redis.url(), prefix, argument);
    }

    private LockService service() {
        return LockService.builder(redis.jedis()).keyPrefix(prefix).build();
    }

    private void awaitQueued(int count) {
        await().atMost(STARTED).untilAsserted(() -> {
            Object value = redis.command("GET", prefix + ":lock:{a}");
            assertThat(String.valueOf(value).lines().count() - 1).isEqualTo(count);
        });
    }
}
