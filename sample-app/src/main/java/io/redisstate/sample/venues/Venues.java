package io.redisstate.sample.venues;

import io.redisstate.structure.RedisStructures;
import io.redisstate.structure.index.GeoIndex;
import io.redisstate.structure.index.GeoMatch;
import io.redisstate.structure.index.GeoPosition;
import io.redisstate.structure.index.GeoSearch;
import io.redisstate.structure.index.GeoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/** All venues and which of them are near. */
@Component
class Venues {

    private static final double FAR = 2_000;

    private final List<Venue> all = List.of(
            venue("Amsterdam", 52.3676, 4.9041),
            venue("Berlin", 52.5200, 13.4050),
            venue("Bern", 46.9480, 7.4474),
            venue("Brussels", 50.8503, 4.3517),
            venue("Budapest", 47.4979, 19.0402),
            venue("Cologne", 50.9375, 6.9603),
            venue("Copenhagen", 55.6761, 12.5683),
            venue("Frankfurt", 50.1109, 8.6821),
            venue("Hamburg", 53.5511, 9.9937),
            venue("Krakow", 50.0647, 19.9450),
            venue("Leipzig", 51.3397, 12.3731),
            venue("Lyon", 45.7640, 4.8357),
            venue("Milan", 45.4642, 9.1900),
            venue("Munich", 48.1351, 11.5820),
            venue("Paris", 48.8566, 2.3522),
            venue("Prague", 50.0755, 14.4378),
            venue("Vienna", 48.2082, 16.3738),
            venue("Warsaw", 52.2297, 21.0122));

    private final GeoIndex index;

    Venues(RedisStructures structures) {
        this.index = structures.geo("venues");
    }

    @EventListener(ApplicationReadyEvent.class)
    void load() {
        Map<String, GeoPosition> positions = new HashMap<>();
        all.forEach(venue -> positions.put(venue.id(), venue.position()));
        index.addAll(positions);
    }

    List<Venue> all() {
        return all;
    }

    boolean has(String id) {
        return all.stream().anyMatch(venue -> venue.id().equals(id));
    }

    List<GeoMatch> nearest(GeoPosition place, int count) {
        return index.search(
                GeoSearch.around(place).within(FAR, GeoUnit.KILOMETRES).limit(count));
    }

    private static Venue venue(String city, double latitude, double longitude) {
        return new Venue(city, new GeoPosition(latitude, longitude));
    }
}
