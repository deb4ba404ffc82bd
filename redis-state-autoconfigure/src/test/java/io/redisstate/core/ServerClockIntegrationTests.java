package io.redisstate.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

@RedisTest
class ServerClockIntegrationTests {

    private final RedisServer redis = RedisServer.shared();

    @Test
    void theServerIsAskedOnceAndTimeGoesOn() throws Exception {
        ServerClock clock = new ServerClock(ConnectionGuard.of(redis.jedis()), redis.uniquePrefix());
        Instant first = clock.instant();
        assertThat(Duration.between(first, Instant.now()).abs())
                .as("the shared server is on this machine or a container of it")
                .isLessThan(Duration.ofMinutes(1));
        assertThat(redis.count(() -> assertThat(clock.instant()).isAfterOrEqualTo(first))
                        .of("time"))
                .isZero();
    }
}
