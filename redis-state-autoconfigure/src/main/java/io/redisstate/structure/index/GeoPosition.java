package io.redisstate.structure.index;

/**
 * A place on the Earth, as Redis can keep it (to about 60 cm).
 *
 * @param latitude degrees north, -85.05112878 to 85.05112878
 * @param longitude degrees east, -180 to 180
 * @since 0.1
 */
public record GeoPosition(double latitude, double longitude) {

    private static final double MAX_LATITUDE = 85.05112878;
    private static final double MAX_LONGITUDE = 180;

    /** @throws IllegalArgumentException if there is no such place, or it is too near a pole */
    public GeoPosition {
        requireWithin("latitude", latitude, MAX_LATITUDE);
        requireWithin("longitude", longitude, MAX_LONGITUDE);
    }

    private static void requireWithin(String what, double given, double most) {
        if (!(Math.abs(given) <= most)) {
            throw new IllegalArgumentException(
                    "The " + what + " is " + given + "; allowed is -" + most + " to " + most);
        }
    }
}
