package io.redisstate.structure.index;

/**
 * What distances are measured in.
 *
 * @since 0.1
 */
public enum GeoUnit {
    /** Metres. */
    METRES("m"),
    /** Kilometres. */
    KILOMETRES("km"),
    /** Miles of 1,609.34 m. */
    MILES("mi"),
    /** Feet of 0.3048 m. */
    FEET("ft");

    private final String symbol;

    GeoUnit(String symbol) {
        this.symbol = symbol;
    }

    /** As commands have it. */
    public String symbol() {
        return symbol;
    }
}
