package io.redisstate.stream;

import java.time.Duration;

/**
 * How long a stream may become.
 *
 * <p>Safe trimming drops only what every group has acknowledged: a slow group keeps entries that are over the bound. It
 * runs once in a while, so there may be some more. Unsafe trimming drops the oldest with each publication, as Redis does.
 *
 * @param kind by what it is bounded
 * @param bound entries, or ms of age
 * @param safe whether what a group still needs stays
 * @since 0.1
 */
public record Trimming(Kind kind, long bound, boolean safe) {

    /** The stream grows until it is trimmed by somebody else. */
    public static final Trimming NONE = new Trimming(Kind.NONE, 0, true);

    /** By what a stream is bounded. */
    public enum Kind {
        /** Not at all. */
        NONE,
        /** By the number of its entries. */
        MAXLEN,
        /** By the age of its entries. */
        MINID
    }

    public Trimming {
        if (bound < 0) {
            throw new IllegalArgumentException("The bound of a stream is " + bound + "; it must not be negative");
        }
    }

    /** To about so many entries. */
    public static Trimming maxLength(long entries) {
        return new Trimming(Kind.MAXLEN, entries, true);
    }

    /** To about what is younger. */
    public static Trimming maxAge(Duration age) {
        return new Trimming(Kind.MINID, age.toMillis(), true);
    }

    /** This, whether or not a group still needs what is dropped. */
    public Trimming unsafe() {
        return new Trimming(kind, bound, false);
    }
}
