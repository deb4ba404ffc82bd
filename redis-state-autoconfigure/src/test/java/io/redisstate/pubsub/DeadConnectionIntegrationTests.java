package io.redisstate.pubsub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import io.redisstate.test.TcpProxy;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.data.redis.connection.RedisConnectionFactory;

/** A connection that is dead without anybody having said so. */
@RedisTest
class DeadConnectionIntegrationTests {

    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final RedisServer redis = RedisServer.shared();
    private final String name = "dead-" + UUID.randomUUID();

    @ParameterizedTest
    @CsvSource({"true, false", "true, true", "false, false", "false, true"})
    void isNoticedWithinTwoChecksAndRenewed(boolean jedis, boolean pattern) throws Exception {
        Duration check = Duration.ofSeconds(1);
        try (TcpProxy proxy = TcpProxy.to(redis);
                RedisServer through = proxy.server()) {
            RedisConnectionFactory connections = jedis ? through.jedis() : through.lettuce();
            PubSubListeners listeners =
                    PubSubListeners.builder(connections).check(check).build();
            PubSubListener listener = listeners.listen(
                    "it", List.of(pattern ? name + "*" : name), ListenerOptions.DEFAULT, message -> {});
            listeners.start();
            redis.command("PUBLISH", name, "before");
            await().atMost(LIMIT).until(() -> listener.handled() == 1);

            proxy.swallow();
            long begun = System.nanoTime();
            await().atMost(LIMIT).pollInterval(Duration.ofMillis(20)).until(() -> listener.renewals() == 1);

            // Three intervals: up to one until nothing has come for one, and one for the answer; and a second for busy
            // cores.
            assertThat(Duration.ofNanos(System.nanoTime() - begun))
                    .isLessThan(check.multipliedBy(3).plusSeconds(1));
            await().atMost(LIMIT).until(listeners::isListening);
            redis.command("PUBLISH", name, "after");
            await().atMost(LIMIT).until(() -> listener.handled() == 2);
            listeners.stop();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aQuietOneAndOneThatItsListenerHoldsUpAreLeftAlone(boolean jedis) {
        PubSubListeners listeners = PubSubListeners.builder(jedis ? redis.jedis() : redis.lettuce())
                .check(Duration.ofMillis(100))
                .build();
        CountDownLatch end = new CountDownLatch(1);
        PubSubListener quiet = listeners.listen("quiet", List.of(name), ListenerOptions.DEFAULT, message -> {});
        PubSubListener held = listeners.listen(
                "held",
                List.of(name + "-held"),
                ListenerOptions.DEFAULT.withQueueCapacity(1).withOverflow(Overflow.BLOCK),
                message -> end.await());
        listeners.start();
        await().atMost(LIMIT).until(listeners::isListening);
        for (int i = 0; i < 5; i++) {
            redis.command("PUBLISH", name + "-held", "x");
        }
        await().during(Duration.ofSeconds(2)).atMost(LIMIT).until(listeners::isListening);
        end.countDown();
        await().atMost(LIMIT).until(() -> held.handled() == 5);
        assertThat(quiet.renewals() + held.renewals()).isZero();
        listeners.stop();
    }

    @Test
    void anIntervalThatIsTooShortIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PubSubListeners.builder(redis.jedis()).check(Duration.ofMillis(99)))
                .withMessageContaining("100 ms");
    }
}
