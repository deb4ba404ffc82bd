package io.redisstate.structure.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.redisstate.structure.Deployments;
import io.redisstate.structure.RedisStructures;
import io.redisstate.test.RedisServer;
import io.redisstate.test.RedisTest;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.data.redis.connection.RedisConnectionFactory;

@RedisTest
class GeoIndexIntegrationTests {

    private static final GeoPosition BERLIN = new GeoPosition(52.5200, 13.4050);
    private static final GeoPosition HAMBURG = new GeoPosition(53.5511, 9.9937);
    private static final GeoPosition MUNICH = new GeoPosition(48.1351, 11.5820);

    private final RedisServer redis = RedisServer.shared();
    private final RedisStructures structures = RedisStructures.builder(redis.jedis())
            .keyPrefix(redis.uniquePrefix())
            .build();

    @ParameterizedTest
    @MethodSource("io.redisstate.structure.Deployments#all")
    void citiesAreFoundByDistance(Supplier<RedisConnectionFactory> factory) {
        GeoIndex cities = Deployments.structures(factory).geo("cities");
        assertThat(cities.addAll(Map.of("Berlin", BERLIN, "Hamburg", HAMBURG, "Munich", MUNICH)))
                .isEqualTo(3);
        assertThat(cities.add("Berlin", BERLIN)).isFalse();

        assertThat(cities.distance("Berlin", "Hamburg", GeoUnit.KILOMETRES)).hasValueCloseTo(255.3, within(1.5));
        assertThat(cities.distance("Berlin", "Hamburg", GeoUnit.MILES)).hasValueCloseTo(158.6, within(1.0));
        assertThat(cities.distance("Berlin", "Atlantis", GeoUnit.METRES)).isEmpty();
        assertThat(cities.search(GeoSearch.aroundMember("Berlin").within(300, GeoUnit.KILOMETRES)))
                .extracting(GeoMatch::member)
                .containsExactly("Berlin", "Hamburg");
        assertThat(cities.search(GeoSearch.around(MUNICH).farthestFirst().limit(2)))
                .extracting(GeoMatch::member)
                .containsExactly("Hamburg", "Berlin");
        assertThat(cities.search(GeoSearch.around(BERLIN).withinBox(600, 100, GeoUnit.KILOMETRES)))
                .extracting(GeoMatch::member)
                .containsExactly("Berlin");
        assertThat(cities.search(GeoSearch.aroundMember("Atlantis"))).isEmpty();
        assertThat(cities.position("Munich")).hasValueSatisfying(position -> {
            assertThat(position.latitude()).isCloseTo(MUNICH.latitude(), within(0.00001));
            assertThat(position.longitude()).isCloseTo(MUNICH.longitude(), within(0.00001));
        });
        assertThat(cities.positions(List.of("Atlantis", "Berlin"))).containsOnlyKeys("Berlin");
        assertThat(cities.remove(List.of("Berlin", "Atlantis"))).isEqualTo(1);
        assertThat(cities.size()).isEqualTo(2);
        cities.clear();
        assertThat(cities.search(GeoSearch.around(BERLIN))).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("io.redisstate.structure.Deployments#servers")
    void theNearestAreThoseOfTheModel(Supplier<RedisConnectionFactory> factory) {
        Random random = new Random(System.nanoTime());
        GeoIndex index = Deployments.structures(factory).geo("model");
        Map<String, GeoPosition> model = new HashMap<>();
        IntStream.range(0, 1_500)
                .forEach(i -> model.put(
                        "p" + i, new GeoPosition(40 + 20 * random.nextDouble(), -10 + 30 * random.nextDouble())));
        index.addAll(model);
        for (int i = 0; i < 20; i++) {
            GeoPosition middle = new GeoPosition(45 + 10 * random.nextDouble(), 10 * random.nextDouble());
            double radius = 50 + random.nextInt(400);
            List<GeoMatch> found = index.search(
                    GeoSearch.around(middle).within(radius, GeoUnit.KILOMETRES).limit(1_500));
            assertThat(found).isSortedAccordingTo(Comparator.comparingDouble(GeoMatch::distance));
            Map<String, Double> distances = new LinkedHashMap<>();
            found.forEach(match -> distances.put(match.member(), match.distance()));
            model.forEach((member, position) -> {
                double kilometres = kilometres(middle, position);
                if (kilometres < radius - 0.01) {
                    assertThat(distances).containsKey(member);
                    assertThat(distances.get(member)).isCloseTo(kilometres, within(0.01));
                } else if (kilometres > radius + 0.01) {
                    assertThat(distances).doesNotContainKey(member);
                }
            });
        }
        index.clear();
    }

    /** The haversine formula with the radius of the Earth that Redis has. */
    private static double kilometres(GeoPosition a, GeoPosition b) {
        double lat = Math.sin(Math.toRadians(b.latitude() - a.latitude()) / 2);
        double lon = Math.sin(Math.toRadians(b.longitude() - a.longitude()) / 2);
        double h =
                lat * lat + Math.cos(Math.toRadians(a.latitude())) * Math.cos(Math.toRadians(b.latitude())) * lon * lon;
        return 2 * 6372.797560856 * Math.asin(Math.sqrt(h));
    }

    @ParameterizedTest
    @ValueSource(doubles = {85.06, -86, 91, Double.NaN, Double.POSITIVE_INFINITY})
    void placesThatAreNoneAreRefused(double latitude) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new GeoPosition(latitude, 0))
                .withMessageContaining("latitude is " + latitude);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new GeoPosition(0, latitude * 3))
                .withMessageContaining("longitude");
    }

    @Test
    void aSearchIsOneRoundTrip() throws Exception {
        GeoIndex index = structures.geo("cost");
        index.add("Berlin", BERLIN);
        index.search(GeoSearch.around(HAMBURG));
        assertThat(redis.count(() -> index.search(GeoSearch.around(HAMBURG))).of("evalsha"))
                .isEqualTo(1);
        index.clear();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> GeoSearch.around(BERLIN).within(-1, GeoUnit.METRES))
                .withMessageContaining("radius");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> GeoSearch.around(BERLIN).limit(0));
    }
}
