package io.redisstate.lock.quorum;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import io.redisstate.lock.LockOptions;
import io.redisstate.lock.LockService;
import io.redisstate.lock.LockTimeoutException;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

@RedisTest
class QuorumLockIntegrationTests {

    private static final Duration LEASE = Duration.ofSeconds(3);
    private static final LockOptions OPTIONS =
            LockOptions.defaults().withLeaseTime(LEASE).withWaitTime(Duration.ofSeconds(20));
    private static final LockOptions NOW = OPTIONS.withWaitTime(Duration.ZERO);

    private final List<RedisServer> servers = new ArrayList<>();
    private final List<LockService> services = new ArrayList<>();
    private final List<QuorumLock> locks = new ArrayList<>();

    @AfterEach
    void end() {
        locks.forEach(QuorumLock::close);
        services.forEach(LockService::close);
        servers.forEach(RedisServer::close);
    }

    private QuorumLock process() {
        for (int i = servers.size(); i < 5; i++) {
            servers.add(RedisServer.start());
        }
        List<LockService> own = servers.stream()
                .map(server ->
                        LockService.builder(server.jedis()).keyPrefix("quorum").build())
                .toList();
        services.addAll(own);
        QuorumLock lock = new QuorumLock(own, Duration.ofSeconds(1));
        locks.add(lock);
        return lock;
    }

    @Test
    void oneOfTwoHoldsItAlsoWhileTwoOfFiveServersAreAway() throws Exception {
        QuorumLock one = process();
        QuorumLock two = process();
        try (QuorumLease lease = one.acquire("name", OPTIONS)) {
            assertThat(lease.isHeld()).isTrue();
            assertThat(lease.remaining()).isBetween(Duration.ofMillis(100), LEASE);
            assertThat(two.tryAcquire("name", NOW)).isEmpty();
        }
        servers.get(0).kill();
        servers.get(1).kill();

        try (QuorumLease lease = two.acquire("name", OPTIONS)) {
            assertThat(lease.isHeld()).isTrue();
            assertThat(one.tryAcquire("name", NOW)).isEmpty();
            await().pollDelay(LEASE.plusSeconds(1))
                    .atMost(LEASE.plusSeconds(10))
                    .until(() -> true);
            assertThat(lease.isHeld()).as("renewed at the servers that live").isTrue();
        }
    }

    @Test
    void withoutMostServersNobodyHoldsItAndNothingIsLeftAtTheOthers() throws Exception {
        QuorumLock lock = process();
        AtomicBoolean lost = new AtomicBoolean();
        QuorumLease held = lock.acquire("held", OPTIONS);
        held.onLost(() -> lost.set(true));
        for (int i = 0; i < 3; i++) {
            servers.get(i).kill();
        }

        await().atMost(LEASE.plusSeconds(10)).until(() -> !held.isHeld());
        await().atMost(LEASE.plusSeconds(10)).untilTrue(lost);
        held.release();
        assertThatExceptionOfType(LockTimeoutException.class)
                .isThrownBy(() -> lock.acquire("other", OPTIONS.withWaitTime(Duration.ofMillis(300))))
                .withMessageContaining("'other'");
        await().atMost(Duration.ofSeconds(10)).untilAsserted(() -> {
            assertThat(servers.get(3).keys("quorum:lock:")).isEmpty();
            assertThat(servers.get(4).keys("quorum:lock:")).isEmpty();
        });
    }

    @Test
    void twoThatContendBothGetTheirTurn() throws Exception {
        QuorumLock one = process();
        QuorumLock two = process();
        int turns = 0;
        for (int i = 0; i < 10; i++) {
            Optional<QuorumLease> lease = (i % 2 == 0 ? one : two).tryAcquire("turns", OPTIONS);
            assertThat(lease).isPresent();
            lease.orElseThrow().release();
            turns++;
        }
        assertThat(turns).isEqualTo(10);

        QuorumLease last = one.acquire("turns", OPTIONS);
        one.close();
        assertThatIllegalStateException().isThrownBy(() -> one.acquire("turns", OPTIONS));
        last.release();
        assertThat(servers)
                .allSatisfy(server -> assertThat(server.keys("quorum:lock:")).isEmpty());
    }

    @Test
    void aLeastTimeIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> process().tryAcquire("name", OPTIONS.withLockAtLeastFor(LEASE)))
                .withMessageContaining("lockAtLeastFor is PT3S");
    }

    @Test
    void tooFewServersAreAnError() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new QuorumLock(List.of(), Duration.ofSeconds(1)))
                .withMessageContaining("0 servers")
                .withMessageContaining("at least 3");
    }
}
