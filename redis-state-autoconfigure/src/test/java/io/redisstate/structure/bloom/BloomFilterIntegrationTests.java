package io.redisstate.structure.bloom;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.redisstate.structure.Deployments;
import io.redisstate.structure.RedisStructures;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.dao.DataAccessException;
import org.springframework.data.redis.connection.RedisConnectionFactory;

@RedisTest
class BloomFilterIntegrationTests {

    private final RedisServer redis = RedisServer.shared();
    private final String prefix = redis.uniquePrefix();
    private final RedisStructures structures =
            RedisStructures.builder(redis.jedis()).keyPrefix(prefix).build();

    @ParameterizedTest
    @MethodSource("io.redisstate.structure.Deployments#servers")
    void whatWasAddedIsFoundAndFewOthersAre(Supplier<RedisConnectionFactory> factory) {
        Random random = new Random(System.nanoTime());
        BloomFilter filter = Deployments.structures(factory).bloomFilter("seen", 10_000, 0.01, null);
        Set<String> model = new HashSet<>();
        long seed = random.nextLong();
        List<String> elements =
                IntStream.range(0, 10_000).mapToObj(i -> seed + " " + i).toList();
        for (int i = 0; i < elements.size(); i += 500) {
            Set<String> added = filter.addAll(elements.subList(i, i + 500));
            assertThat(model).doesNotContainAnyElementsOf(added);
            assertThat(added).hasSizeGreaterThan(450);
            model.addAll(elements.subList(i, i + 500));
        }
        assertThat(filter.filter(elements)).hasSize(10_000);
        List<String> others =
                IntStream.range(0, 20_000).mapToObj(i -> "other " + seed + i).toList();
        assertThat(filter.filter(others)).hasSizeBetween(80, 400);
        assertThat((double) filter.approximateCount()).isCloseTo(10_000, within(400.0));
        assertThat(filter.falsePositiveRate()).isCloseTo(0.01, within(0.003));
        assertThat(filter.add(elements.get(7))).isFalse();
        assertThat(filter.mightContain(elements.get(7))).isTrue();
        filter.clear();
        assertThat(filter.filter(elements)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"1000, 0.01, 9586, 7", "1000000, 0.001, 14377588, 10", "1, 0.5, 64, 44"})
    void aFilterIsAsLargeAsItMustBe(long expected, double rate, long bits, int hashes) {
        assertThat(BloomSize.of(expected, rate)).isEqualTo(new BloomSize(bits, hashes));
    }

    @Test
    void aFilterOfAnotherSizeIsRefused() {
        structures.bloomFilter("sized", 1_000, 0.01, null).add("a");
        BloomFilter other = structures.bloomFilter("sized", 2_000, 0.01, null);
        assertThatExceptionOfType(DataAccessException.class)
                .isThrownBy(() -> other.mightContain("a"))
                .havingRootCause()
                .withMessageContaining("has size 9586:7, not 19171:7");
        assertThatExceptionOfType(DataAccessException.class).isThrownBy(() -> other.add("b"));
        other.clear();
        assertThat(other.add("a")).isTrue();
        other.clear();
        assertThat(redis.keys(prefix)).isEmpty();
    }

    @Test
    void badSizesAreNamed() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> structures.bloomFilter("bad", 0, 0.01, null))
                .withMessageContaining("0 elements");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> structures.bloomFilter("bad", 1, 1, null))
                .withMessageContaining("rate of false positives is 1.0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> structures.bloomFilter("bad", 10_000_000_000L, 0.01, null))
                .withMessageContaining("Redis keeps");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> structures.bloomFilter("bad", 1, 0.1, Duration.ZERO))
                .withMessageContaining("time to live");
    }

    @Test
    void aFilterEndsAfterItsLastElementAndManyElementsAreFewRoundTrips() throws Exception {
        BloomFilter filter = structures.bloomFilter("short", 1_000, 0.01, Duration.ofMinutes(5));
        List<String> elements =
                IntStream.range(0, 570).mapToObj(String::valueOf).toList();
        filter.add("first");
        assertThat(redis.count(() -> filter.addAll(elements)).of("evalsha")).isEqualTo(1);
        assertThat(redis.keys(prefix)).hasSize(2).allSatisfy(key -> assertThat((Long) redis.command("PTTL", key))
                .isBetween(200_000L, 300_000L));
        filter.clear();
    }
}
