package io.redisstate.structure.leaderboard;

import java.util.Locale;

/**
 * What the score of a member is that stands on several boards.
 *
 * @since 0.1
 */
public enum MergeMode {
    /** The sum of all, reached at the latest time. */
    SUM,
    /** The best of all. */
    BEST;

    String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
