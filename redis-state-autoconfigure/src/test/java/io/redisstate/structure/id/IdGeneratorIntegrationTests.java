package io.redisstate.structure.id;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import io.redisstate.structure.Deployments;
import io.redisstate.structure.RedisStructures;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.data.redis.connection.RedisConnectionFactory;

@RedisTest
class IdGeneratorIntegrationTests {

    private final RedisServer redis = RedisServer.shared();
    private final String prefix = redis.uniquePrefix();
    private final RedisStructures structures =
            RedisStructures.builder(redis.jedis()).keyPrefix(prefix).build();

    @ParameterizedTest
    @MethodSource("io.redisstate.structure.Deployments#all")
    void noIdIsGivenTwiceAndEachProcesssGrow(Supplier<RedisConnectionFactory> factory) {
        RedisStructures made = Deployments.structures(factory);
        Set<Long> all = ConcurrentHashMap.newKeySet();
        IntStream.range(0, 8).parallel().forEach(process -> {
            IdGenerator ids = made.ids("orders", 1 + process * 100, Duration.ofMillis(20));
            long last = 0;
            for (int i = 0; i < 5_000; i++) {
                long id = ids.next();
                assertThat(id).isGreaterThan(last);
                last = id;
                assertThat(all.add(id)).isTrue();
            }
        });
        assertThat(all).hasSize(40_000);
    }

    @Test
    void idsAreInTheOrderOfTimeAndTellIt() {
        IdGenerator one = structures.ids("time", 10, Duration.ofMillis(1));
        IdGenerator other = structures.ids("time", 10, Duration.ofMillis(1));
        long first = one.next();
        Instant time = IdGenerator.timeOf(first);
        assertThat(Duration.between(time, Instant.now()).abs()).isLessThan(Duration.ofMinutes(1));
        assertThat(IdGenerator.least(time)).isLessThanOrEqualTo(first);
        assertThat(IdGenerator.least(time.plusMillis(1))).isGreaterThan(first);
        await().until(() -> {
            long next = other.next();
            return next > first && IdGenerator.timeOf(next).isAfter(time);
        });
        assertThat(one.next()).isGreaterThan(first);
    }

    @Test
    void nearlyAllIdsAreNoRoundTrip() throws Exception {
        IdGenerator ids = structures.ids("cost", 1_000, Duration.ofMinutes(1));
        assertThat(redis.count(() -> IntStream.range(0, 10_000).forEach(i -> ids.next()))
                        .of("evalsha"))
                .isLessThanOrEqualTo(20);
        assertThat((Long) redis.command("PTTL", prefix + ":id:{cost}")).isPositive();
    }

    @Test
    void aServerThatForgotGivesNoIdOfTheProcessAgain() {
        IdGenerator ids = structures.ids("forgotten", 1, Duration.ofMinutes(1));
        long last = 0;
        for (int i = 0; i < 50; i++) {
            long id = ids.next();
            assertThat(id).isGreaterThan(last);
            last = id;
            redis.command("DEL", prefix + ":id:{forgotten}");
        }
    }

    @Test
    void aClockThatGoesBackDoesNotTakeIdsBack() {
        IdGenerator ids = structures.ids("back", 1, Duration.ofMinutes(1));
        long ahead = Instant.now().plusSeconds(3_600).toEpochMilli();
        redis.command("SET", prefix + ":id:{back}", ahead + ":4194303");
        assertThat(IdGenerator.timeOf(ids.next()).toEpochMilli()).isEqualTo(ahead);
        assertThat(IdGenerator.timeOf(ids.next()).toEpochMilli()).isEqualTo(ahead + 1);
    }

    @Test
    void badNumbersAreNamed() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> structures.ids("bad", 0, Duration.ofSeconds(1)))
                .withMessageContaining("'bad' have up to 0");
    }
}
