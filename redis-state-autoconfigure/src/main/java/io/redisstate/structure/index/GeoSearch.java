package io.redisstate.structure.index;

import java.util.ArrayList;
import java.util.List;

/**
 * Where to search, how far, and for how many. Immutable; begin with {@link #around(GeoPosition)} or
 * {@link #aroundMember}, then say {@link #within} or {@link #withinBox}.
 *
 * @since 0.1
 */
public final class GeoSearch {

    private final List<Object> middle;
    private final List<Object> area;
    private final GeoUnit unit;
    private final int limit;
    private final boolean farthestFirst;

    private GeoSearch(List<Object> middle, List<Object> area, GeoUnit unit, int limit, boolean farthestFirst) {
        this.middle = middle;
        this.area = area;
        this.unit = unit;
        this.limit = limit;
        this.farthestFirst = farthestFirst;
    }

    /** Around a place, the nearest first. */
    public static GeoSearch around(GeoPosition place) {
        return around(List.of("FROMLONLAT", place.longitude(), place.latitude()));
    }

    /** Around a member, which is found too; nothing is found if it is not there. */
    public static GeoSearch aroundMember(String member) {
        return around(List.of("FROMMEMBER", member));
    }

    private static GeoSearch around(List<Object> middle) {
        return new GeoSearch(middle, List.of("BYRADIUS", 20_038, "km"), GeoUnit.KILOMETRES, 100, false);
    }

    /**
     * Up to a distance.
     *
     * @param radius not negative
     */
    public GeoSearch within(double radius, GeoUnit in) {
        requireSize("radius", radius);
        return new GeoSearch(middle, List.of("BYRADIUS", radius, in.symbol()), in, limit, farthestFirst);
    }

    /**
     * In a box with the middle in its middle.
     *
     * @param width from west to east, not negative
     * @param height from south to north, not negative
     */
    public GeoSearch withinBox(double width, double height, GeoUnit in) {
        requireSize("width", width);
        requireSize("height", height);
        return new GeoSearch(middle, List.of("BYBOX", width, height, in.symbol()), in, limit, farthestFirst);
    }

    /** How many are found at most, 1 to 10,000; 100 if not said. */
    public GeoSearch limit(int most) {
        if (most < 1 || most > 10_000) {
            throw new IllegalArgumentException("The limit of a search is " + most + "; allowed is 1 to 10000");
        }
        return new GeoSearch(middle, area, unit, most, farthestFirst);
    }

    /** The farthest first. */
    public GeoSearch farthestFirst() {
        return new GeoSearch(middle, area, unit, limit, true);
    }

    /** What {@code GEOSEARCH} takes. */
    Object[] arguments() {
        List<Object> all = new ArrayList<>(middle);
        all.addAll(area);
        all.add(farthestFirst ? "DESC" : "ASC");
        all.add("COUNT");
        all.add(limit);
        return all.toArray();
    }

    private static void requireSize(String what, double given) {
        if (!(given >= 0) || Double.isInfinite(given)) {
            throw new IllegalArgumentException(
                    "The " + what + " of a search is " + given + "; it must not be negative");
        }
    }
}
