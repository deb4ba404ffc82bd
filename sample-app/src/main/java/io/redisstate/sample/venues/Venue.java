package io.redisstate.sample.venues;

import io.redisstate.structure.index.GeoPosition;
import java.util.Locale;

/** Where concerts take place. */
record Venue(String city, GeoPosition position) {

    /** Degrees and units of the picture: one degree of latitude is 50, one of longitude less, as at 50 degrees north. */
    private static final double NORTH = 57;

    private static final double WEST = 0;
    private static final double UNITS_NORTH = 50;
    private static final double UNITS_EAST = 32.1;

    String id() {
        return city.toLowerCase(Locale.ROOT);
    }

    long x() {
        return Math.round((position.longitude() - WEST) * UNITS_EAST);
    }

    long y() {
        return Math.round((NORTH - position.latitude()) * UNITS_NORTH);
    }
}
