package io.redisstate.structure.counter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.redisstate.core.ConnectionGuard;
import io.redisstate.core.KeySpace;
import io.redisstate.structure.Deployments;
import io.redisstate.structure.RedisStructures;
import io.redisstate.structure.counter.WindowedCounter.Window;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.data.redis.connection.RedisConnectionFactory;

@RedisTest
class CountersIntegrationTests {

    private final RedisServer redis = RedisServer.shared();
    private final String prefix = redis.uniquePrefix();
    private final RedisStructures structures =
            RedisStructures.builder(redis.jedis()).keyPrefix(prefix).build();

    @ParameterizedTest
    @MethodSource("io.redisstate.structure.Deployments#all")
    void countersCountAsAMapOnAnySchedule(Supplier<RedisConnectionFactory> factory) {
        Random random = new Random(System.nanoTime());
        Counters counters = Deployments.structures(factory).counters("model", Duration.ofMinutes(5));
        Map<String, Long> model = new HashMap<>();
        List<String> names = IntStream.range(0, 10).mapToObj(i -> "{name} " + i).toList();
        for (int i = 0; i < 150; i++) {
            String name = names.get(random.nextInt(names.size()));
            long by = random.nextLong(21) - 10;
            switch (random.nextInt(5)) {
                case 0, 1 -> assertThat(counters.increment(name, by)).isEqualTo(model.merge(name, by, Long::sum));
                case 2 -> {
                    Map<String, Long> many = Map.of(names.get(0), by, names.get(5), 2 * by);
                    Map<String, Long> counts = counters.incrementAll(many);
                    many.forEach(
                            (key, more) -> assertThat(counts).containsEntry(key, model.merge(key, more, Long::sum)));
                }
                case 3 ->
                    assertThat(counters.getAll(names).values())
                            .containsExactlyElementsOf(names.stream()
                                    .map(key -> model.getOrDefault(key, 0L))
                                    .toList());
                default -> {
                    Long before = model.remove(name);
                    assertThat(counters.take(name)).isEqualTo(before == null ? 0 : before);
                }
            }
        }
        names.forEach(name -> {
            assertThat(counters.get(name)).isEqualTo(model.getOrDefault(name, 0L));
            counters.reset(name);
            assertThat(counters.get(name)).isZero();
        });
    }

    @Test
    void manyCountersAreOnePipeline() throws Exception {
        Counters counters = structures.counters("cost");
        List<String> names = IntStream.range(0, 100).mapToObj(i -> "c" + i).toList();
        Map<String, Long> by = new HashMap<>();
        names.forEach(name -> by.put(name, 1L));
        assertThat(redis.count(() -> counters.incrementAll(by)).of("incrby")).isEqualTo(100);
        assertThat(counters.getAll(names).values()).containsOnly(1L);
        assertThat(redis.count(() -> counters.getAll(names)).total()).isEqualTo(100);
        names.forEach(counters::reset);
        assertThat(redis.keys(prefix + ":counter:cost:")).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("io.redisstate.structure.Deployments#all")
    void aShardedCounterIsTheSumOfItsShards(Supplier<RedisConnectionFactory> factory) {
        Counters counters = Deployments.structures(factory).counters("hot");
        ShardedCounter counter = counters.sharded("views", 8);
        IntStream.range(0, 200).parallel().forEach(i -> counter.increment());
        counter.add(-50);
        assertThat(counter.get()).isEqualTo(150);
        assertThat(IntStream.range(0, 8).filter(i -> counters.get("views#" + i) != 0))
                .hasSizeGreaterThan(2);
        counter.reset();
        assertThat(counter.get()).isZero();
        assertThatIllegalArgumentException().isThrownBy(() -> counters.sharded("views", 0));
    }

    @ParameterizedTest
    @MethodSource("io.redisstate.structure.Deployments#servers")
    void windowsAreCountedApartAndForgottenInTime(Supplier<RedisConnectionFactory> factory) {
        WindowedCounter counter =
                Deployments.structures(factory).counters("windows").windowed("views", Window.DAY, 3);
        counter.increment(5);
        counter.increment();
        assertThat(counter.sum(3)).isBetween(6L, 6L);
        List<WindowedCounter.Count> latest = counter.latest(3);
        assertThat(latest).hasSize(3);
        assertThat(latest.stream().mapToLong(WindowedCounter.Count::count).sum())
                .isEqualTo(6);
        assertThat(latest.get(1).start()).isEqualTo(latest.get(2).start().minus(Duration.ofDays(1)));
        assertThat(Duration.between(latest.get(2).start(), Instant.now())).isLessThan(Duration.ofDays(2));
        assertThatIllegalArgumentException().isThrownBy(() -> counter.sum(4));
    }

    @Test
    void windowsCountAsTheModelOnAnySchedule() {
        Random random = new Random(System.nanoTime());
        WindowedCounter counter = structures.counters("windows").windowed("model", Window.MINUTE, 5);
        String key = prefix + ":counter:windows:{model}:minute";
        for (int schedule = 0; schedule < 20; schedule++) {
            redis.command("DEL", key);
            Map<Long, Long> model = new HashMap<>();
            counter.increment(0);
            long now = counter.latest(1).get(0).start().toEpochMilli() / 60_000;
            for (int i = 0; i < 8; i++) {
                long window = now - random.nextInt(8);
                redis.command("HSET", key, String.valueOf(window), String.valueOf(i));
                model.put(window, (long) i);
            }
            List<WindowedCounter.Count> latest = counter.latest(5);
            // A minute may have begun meanwhile; each window is compared by its own start.
            assertThat(latest).allSatisfy(count -> assertThat(count.count())
                    .isEqualTo(model.getOrDefault(count.start().toEpochMilli() / 60_000, 0L)));
            redis.command("HDEL", key, String.valueOf(now), String.valueOf(now + 1));
            counter.increment(1);
            Object left = redis.command("HKEYS", key);
            assertThat((List<?>) left).hasSizeLessThanOrEqualTo(5).allSatisfy(window -> assertThat(
                            Long.parseLong(String.valueOf(window)))
                    .isGreaterThan(now - 5));
            assertThat((Long) redis.command("PTTL", key)).isBetween(1L, 360_000L);
        }
        redis.command("DEL", key);
    }

    @ParameterizedTest
    @MethodSource("io.redisstate.structure.Deployments#servers")
    void distinctElementsAreCountedAboutRight(Supplier<RedisConnectionFactory> factory) {
        UniqueCounter visitors = Deployments.structures(factory)
                .counters("unique", Duration.ofMinutes(5))
                .unique("visitors");
        Random random = new Random(3);
        Set<String> model = new HashSet<>();
        for (int i = 0; i < 5; i++) {
            List<String> some = IntStream.range(0, 3_000)
                    .mapToObj(j -> "visitor " + random.nextInt(8_000))
                    .toList();
            model.addAll(some);
            visitors.addAll(some);
            assertThat((double) visitors.count()).isCloseTo(model.size(), within(0.04 * model.size()));
        }
        assertThat(visitors.add(model.iterator().next())).isFalse();
        visitors.reset();
        assertThat(visitors.count()).isZero();
    }

    @ParameterizedTest
    @MethodSource("io.redisstate.structure.Deployments#servers")
    void distinctElementsOfSeveralDaysAreCountedOnce(Supplier<RedisConnectionFactory> factory) {
        AtomicReference<Instant> now = new AtomicReference<>(Instant.now());
        DailyUniqueCounter users = new DailyUniqueCounter(
                ConnectionGuard.of(factory.get()),
                KeySpace.of(prefix, "counter:days"),
                "users",
                ZoneOffset.UTC,
                30,
                now::get);
        LocalDate first = users.today();
        users.addAll(List.of("ann", "ben"));
        now.set(now.get().plus(Duration.ofDays(1)));
        users.addAll(List.of("ben", "cid"));

        assertThat(users.count(first)).isEqualTo(2);
        assertThat(users.countLast(1)).isEqualTo(2);
        assertThat(users.countLast(7)).isEqualTo(3);
        assertThatIllegalArgumentException().isThrownBy(() -> users.countLast(31));
        users.reset();
        assertThat(users.countLast(30)).isZero();
    }

    @Test
    void aDayIsTheServersDay() throws Exception {
        DailyUniqueCounter users = structures.counters("days").uniquePerDay("users", ZoneOffset.UTC, 2);
        users.add("ann");
        assertThat(redis.keys(prefix + ":counter:days:{users}:unique:"))
                .hasSize(1)
                .allSatisfy(key -> assertThat((Long) redis.command("PTTL", key))
                        .isBetween(
                                Duration.ofDays(1).toMillis() - 60_000,
                                Duration.ofDays(2).toMillis()));
        assertThat(redis.count(() -> users.add("ben")).of("time"))
                .as("the clock is asked every 30 s at most")
                .isLessThanOrEqualTo(1);
        users.reset();
    }
}
