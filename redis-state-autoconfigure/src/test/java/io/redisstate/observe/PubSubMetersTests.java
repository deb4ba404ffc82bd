package io.redisstate.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.redisstate.pubsub.ListenerOptions;
import io.redisstate.pubsub.PubSubListeners;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

@RedisTest
class PubSubMetersTests {

    @Test
    void eachListenerHasItsMetersAlsoOneAddedLater(RedisServer redis) {
        String channel = "meters-" + UUID.randomUUID();
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        PubSubListeners listeners = PubSubListeners.builder(redis.jedis()).build();
        listeners.listen("early", List.of(channel), ListenerOptions.DEFAULT, message -> {});
        new PubSubMeters(listeners).bindTo(meters);
        listeners.listen(
                "late",
                List.of(channel),
                ListenerOptions.DEFAULT.withErrorHandler((listener, message, failure) -> {}),
                message -> {
                    throw new IllegalStateException("on purpose");
                });
        listeners.start();
        try {
            redis.command("PUBLISH", channel, "x");

            await().untilAsserted(() -> {
                assertThat(count(meters, "received", "early")).isEqualTo(1);
                assertThat(count(meters, "failed", "late")).isEqualTo(1);
                assertThat(count(meters, "failed", "early")).isZero();
                assertThat(meters.get("redis.state.pubsub.handled")
                                .tag("listener", "early")
                                .functionTimer()
                                .count())
                        .isEqualTo(1);
            });
            assertThat(count(meters, "dropped", "early")).isZero();
            assertThat(count(meters, "renewals", "early")).isZero();
            assertThat(meters.get("redis.state.pubsub.queued")
                            .tag("listener", "late")
                            .gauge()
                            .value())
                    .isZero();
        } finally {
            listeners.stop();
        }
    }

    private static double count(SimpleMeterRegistry meters, String name, String listener) {
        return meters.get("redis.state.pubsub." + name)
                .tag("listener", listener)
                .functionCounter()
                .count();
    }
}
