package io.redisstate.structure.presence;

import java.time.Instant;

/**
 * Somebody came or went.
 *
 * @param kind which
 * @param room where
 * @param member who
 * @param time when it was noticed, by the server's clock
 * @since 0.1
 */
public record PresenceEvent(Kind kind, String room, String member, Instant time) {

    /** What happened. */
    public enum Kind {
        /** Came. */
        JOINED,
        /** Went, and said so. */
        LEFT,
        /** Was not heard of for too long. */
        EXPIRED
    }
}
