package io.redisstate.structure.index;

import java.util.Collection;
import java.util.List;
import java.util.Set;

/**
 * Which items are wanted: those with all of some tags, at least one of others, and none of others again.
 *
 * @param allOf tags an item must have
 * @param anyOf tags an item must have one of; empty for no such condition
 * @param noneOf tags an item must not have
 * @since 0.1
 */
public record TagQuery(Set<String> allOf, Set<String> anyOf, Set<String> noneOf) {

    private static final int MOST = 1_000;

    public TagQuery {
        allOf = Set.copyOf(allOf);
        anyOf = Set.copyOf(anyOf);
        noneOf = Set.copyOf(noneOf);
        if (allOf.size() + anyOf.size() + noneOf.size() > MOST) {
            throw new IllegalArgumentException(
                    "A query has " + (allOf.size() + anyOf.size() + noneOf.size()) + " tags; allowed is up to " + MOST);
        }
    }

    /** Items with all of the tags. */
    public static TagQuery all(String... tags) {
        return new TagQuery(Set.copyOf(List.of(tags)), Set.of(), Set.of());
    }

    /** Items with at least one of the tags. */
    public static TagQuery any(String... tags) {
        return new TagQuery(Set.of(), Set.copyOf(List.of(tags)), Set.of());
    }

    /** Items with none of the tags. */
    public static TagQuery none(String... tags) {
        return new TagQuery(Set.of(), Set.of(), Set.copyOf(List.of(tags)));
    }

    /** As this, and with at least one of the tags. */
    public TagQuery andAny(Collection<String> tags) {
        return new TagQuery(allOf, Set.copyOf(tags), noneOf);
    }

    /** As this, and with none of the tags. */
    public TagQuery andNone(Collection<String> tags) {
        return new TagQuery(allOf, anyOf, Set.copyOf(tags));
    }
}
