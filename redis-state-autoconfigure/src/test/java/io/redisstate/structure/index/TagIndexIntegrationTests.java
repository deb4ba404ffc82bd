package io.redisstate.structure.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.redisstate.structure.Deployments;
import io.redisstate.structure.RedisStructures;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.data.redis.connection.RedisConnectionFactory;

@RedisTest
class TagIndexIntegrationTests {

    private final RedisServer redis = RedisServer.shared();
    private final String prefix = redis.uniquePrefix();
    private final RedisStructures structures =
            RedisStructures.builder(redis.jedis()).keyPrefix(prefix).build();

    @ParameterizedTest
    @MethodSource("io.redisstate.structure.Deployments#servers")
    void queriesFindWhatTheModelFinds(Supplier<RedisConnectionFactory> factory) {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        TagIndex index = Deployments.structures(factory).tags("{shop} %");
        Map<String, Set<String>> model = new HashMap<>();
        for (int i = 0; i < 250; i++) {
            String item = "item {" + random.nextInt(20) + "}";
            Set<String> tags = randomTags(random, 3);
            Set<String> known = new HashSet<>(model.getOrDefault(item, Set.of()));
            switch (random.nextInt(4)) {
                case 0, 1 -> {
                    known.addAll(tags);
                    assertThat(index.add(item, tags)).isEqualTo(known);
                }
                case 2 -> {
                    known.removeAll(tags);
                    assertThat(index.remove(item, tags)).isEqualTo(known);
                }
                default -> {
                    known = tags;
                    index.replace(item, tags);
                }
            }
            model.put(item, known);
            assertThat(index.tagsOf(item)).isEqualTo(known);
            TagQuery query = new TagQuery(randomTags(random, 3), randomTags(random, 3), randomTags(random, 3));
            Set<String> expected = model.entrySet().stream()
                    .filter(entry -> matches(entry.getValue(), query))
                    .map(Map.Entry::getKey)
                    .collect(Collectors.toSet());
            assertThat(index.find(query, 100)).as("seed %d, %s", seed, query).isEqualTo(expected);
            assertThat(index.count(query)).isEqualTo(expected.size());
            assertThat(index.find(query, 2)).hasSize(Math.min(2, expected.size()));
        }
        Map<String, Long> counts = model.values().stream()
                .flatMap(Set::stream)
                .collect(Collectors.groupingBy(tag -> tag, Collectors.counting()));
        assertThat(index.mostUsed(100)).isEqualTo(counts);
        model.keySet().forEach(index::remove);
        assertThat(index.count(TagQuery.none())).isZero();
        assertThat(index.mostUsed(10)).isEmpty();
    }

    private static boolean matches(Set<String> tags, TagQuery query) {
        return !tags.isEmpty()
                && tags.containsAll(query.allOf())
                && (query.anyOf().isEmpty() || query.anyOf().stream().anyMatch(tags::contains))
                && query.noneOf().stream().noneMatch(tags::contains);
    }

    private static Set<String> randomTags(Random random, int most) {
        return IntStream.range(0, random.nextInt(most))
                .mapToObj(i -> "tag:" + random.nextInt(6))
                .collect(Collectors.toSet());
    }

    @Test
    void changesOfOneItemAtTheSameTimeAreAllMade() {
        TagIndex index = structures.tags("busy");
        IntStream.range(0, 40).parallel().forEach(i -> index.add("item", List.of("tag " + i)));
        assertThat(index.tagsOf("item")).hasSize(40);
        assertThat(index.mostUsed(100)).hasSize(40).containsValue(1L).doesNotContainValue(2L);
        index.remove("item");
        assertThat(redis.keys(prefix)).isEmpty();
    }

    @Test
    void aQueryIsOneRoundTripOverThousandsOfItems() throws Exception {
        TagIndex index = structures.tags("many");
        IntStream.range(0, 2_500)
                .parallel()
                .forEach(i -> index.add("item " + i, List.of("all", i % 2 == 0 ? "even" : "odd")));
        TagQuery query = TagQuery.all("all").andNone(List.of("odd"));
        assertThat(index.count(query)).isEqualTo(1_250);
        assertThat(redis.count(() -> assertThat(index.find(query, 5_000)).hasSize(1_250))
                        .of("evalsha"))
                .isEqualTo(1);
        assertThat(index.count(TagQuery.any("odd", "even"))).isEqualTo(2_500);
        assertThat(index.count(TagQuery.none("even"))).isEqualTo(1_250);
        assertThat(index.mostUsed(1)).isEqualTo(Map.of("all", 2_500L));
        redis.keys(prefix).forEach(key -> redis.command("DEL", key));
    }

    @Test
    void badQueriesAreNamed() {
        TagIndex index = structures.tags("bad");
        assertThatIllegalArgumentException().isThrownBy(() -> index.find(TagQuery.all("a"), 0));
        Set<String> many = IntStream.range(0, 1_001).mapToObj(String::valueOf).collect(Collectors.toSet());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TagQuery.all("a").andAny(many))
                .withMessageContaining("1002 tags");
    }
}
