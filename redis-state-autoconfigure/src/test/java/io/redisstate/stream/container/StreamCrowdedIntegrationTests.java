package io.redisstate.stream.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.redisstate.core.ConnectionGuard;
import io.redisstate.stream.RetryPolicy;
import io.redisstate.stream.StreamKeys;
import io.redisstate.test.RedisTest;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** Many messages that wait, and consumers that die. */
@RedisTest
@ExtendWith(OutputCaptureExtension.class)
class StreamCrowdedIntegrationTests extends StreamTestCase {

    private final AtomicInteger failures = new AtomicInteger();
    private final Queue<String> handled = new ConcurrentLinkedQueue<>();
    private volatile boolean broken = true;

    /** Fails with each message of the key "bad" while it is broken. */
    private StreamContainer ordered(ContainerOptions.Builder options) {
        RetryPolicy patient = RetryPolicy.DEFAULT
                .withMaxAttempts(100_000)
                .withDelays(Duration.ofMillis(20), 1, Duration.ofMillis(20));
        return start(StreamContainer.<String>builder(
                        redis.jedis(),
                        options.consumer("c")
                                .concurrency(2)
                                .minIdle(Duration.ofMillis(MIN_IDLE))
                                .retry(patient)
                                .build(),
                        String.class,
                        (message, ack) -> {
                            if (broken && message.payload().startsWith("bad:")) {
                                failures.incrementAndGet();
                                throw new IllegalStateException("not now");
                            }
                            handled.add(message.payload());
                        })
                .orderBy(message -> ConsumerProcess.keyOf(String.valueOf(message.payload()))));
    }

    private static List<String> ofBad(int count) {
        return IntStream.range(0, count).mapToObj(i -> "bad:" + i).toList();
    }

    private static List<String> ofFiftyOthers(int from, int to) {
        return IntStream.range(from, to).mapToObj(i -> "k" + i % 50 + ":" + i).toList();
    }

    @Test
    void thousandsOfMessagesBehindAFailingOneHoldUpNoOtherKey() {
        publish(ofBad(12_000));
        publish(ofFiftyOthers(0, 500));
        StreamContainer container = ordered(ContainerOptions.builder("s", "g").batchSize(500));

        await().atMost(LIMIT).until(() -> handled.size() == 500);
        publish(ofFiftyOthers(500, 1_000));
        await().atMost(LIMIT).until(() -> handled.size() == 1_000);

        int before = failures.get();
        assertThat(before).isPositive();
        await().atMost(LIMIT).until(() -> failures.get() > before);
        await().atMost(LIMIT).until(() -> container.statistics().waiting() == 12_000);
        broken = false;
        await().atMost(LIMIT).until(() -> handled.size() == 13_000 && pending() == 0);
        assertThat(handled.stream().filter(payload -> payload.startsWith("bad:")))
                .containsExactlyElementsOf(ofBad(12_000));
        assertThat(container.statistics().deadLettered()).isZero();
    }

    @Test
    void noMoreThanMaxWaitingAreReadAndThatIsSaidOnce(CapturedOutput output) {
        publish(ofBad(2_000));
        publish(ofFiftyOthers(0, 100));
        StreamContainer container =
                ordered(ContainerOptions.builder("s", "g").batchSize(50).maxWaiting(1_000));

        await().atMost(LIMIT).until(() -> container.statistics().waiting() >= 1_000);
        int before = failures.get();
        await().atMost(LIMIT).until(() -> failures.get() > before + 20);
        assertThat(container.statistics().waiting()).isLessThan(1_050);
        assertThat(pending()).isLessThan(1_050);
        assertThat(handled).isEmpty();

        broken = false;
        await().atMost(LIMIT).until(() -> handled.size() == 2_100 && pending() == 0);
        await().atMost(LIMIT).until(() -> output.getAll().contains("reads on"));
        assertThat(output.getAll()).containsOnlyOnce("max-waiting");
    }

    @Test
    void whenTheNextConsumerCountsAsDeadIsKnownToTheOthers() {
        StreamKeys keys = new StreamKeys(prefix);
        ContainerOptions mine = ConsumerProcess.options("a", 60_000);
        ContainerOptions shortLived = ConsumerProcess.options("b", 10_000);
        GroupProtocol one = new GroupProtocol(ConnectionGuard.of(redis.jedis()), keys, mine);
        GroupProtocol other = new GroupProtocol(ConnectionGuard.of(redis.jedis()), keys, shortLived);
        Membership a = new Membership("a", "a.", 1);
        Membership b = new Membership("b", "b.", 1);
        publish(List.of("x"));
        assertThat(one.join(a, "0")).containsExactly(1, 1);
        assertThat(one.tick(a, 0, false).untilDeathMillis()).isEqualTo(-1);
        assertThat(other.join(b, "0")).containsExactly(1, 0);
        redis.command("XREADGROUP", "GROUP", "g", "b", "STREAMS", key, ">");

        assertThat(one.tick(a, 0, false).untilDeathMillis()).isBetween(1L, 10_000L);
        LaneProtocol lanes = new LaneProtocol(ConnectionGuard.of(redis.jedis()), keys, mine);
        LaneProtocol.Wish sign = new LaneProtocol.Wish(0, true, false, false, false);
        assertThat(lanes.step(a, sign, List.of(), List.of()).untilDeathMillis()).isBetween(1L, 10_000L);

        redis.command("HSET", key + ":group:g:consumers", "b", "b.1 1");
        assertThat(one.tick(a, 1, true)).satisfies(tick -> {
            assertThat(tick.untilDeathMillis()).isEqualTo(-1);
            assertThat(tick.given()).hasSize(1);
        });
    }
}
