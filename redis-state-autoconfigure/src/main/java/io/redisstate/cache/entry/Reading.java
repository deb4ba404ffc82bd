package io.redisstate.cache.entry;

import org.jspecify.annotations.Nullable;

/**
 * What Redis holds of a key.
 *
 * @param state what it is good for
 * @param value the value, if {@link State#isUsable() there is one}
 * @param entry the same's entry
 * @param seen the first bytes of what is there, if anything is
 * @param version the cache's version
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Reading(
        State state, @Nullable Object value, @Nullable Entry entry, byte @Nullable [] seen, long version) {

    /** What an entry is good for. */
    public enum State {
        /** To be given. */
        FRESH,
        /** To be given while it is refreshed. */
        STALE,
        /** To be given if loading fails. */
        EXPIRED,
        /** Nothing. */
        MISSING,
        /** Redis can't be asked. */
        AWAY;

        public boolean isUsable() {
            return this == FRESH || this == STALE || this == EXPIRED;
        }
    }

    public static Reading missing(byte @Nullable [] seen, long version) {
        return new Reading(State.MISSING, null, null, seen, version);
    }

    public static Reading away() {
        return new Reading(State.AWAY, null, null, null, 0);
    }
}
