package io.redisstate.structure.index;

/**
 * A member that was found.
 *
 * @param member who
 * @param distance from the middle of the search, in its unit
 * @param position where it is
 * @since 0.1
 */
public record GeoMatch(String member, double distance, GeoPosition position) {}
