package io.redisstate.structure.leaderboard;

import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a leaderboard is like; all processes must say the same of one board.
 *
 * @param order which scores are better
 * @param maxSize how many members are kept, the best ones, from 1; 0 keeps all. A board that is larger already shrinks by a
 *     thousand members with each change
 * @param timeToLive how long a board stays after its last change; null for ever
 * @param denseRanks whether {@link LeaderboardEntry#denseRank()} is known, which costs a second sorted set of the
 *     distinct scores
 * @since 0.1
 */
public record LeaderboardOptions(Order order, long maxSize, @Nullable Duration timeToLive, boolean denseRanks) {

    /** Which scores are better. */
    public enum Order {
        /** Points. */
        HIGHEST_FIRST,
        /** Times or strokes. */
        LOWEST_FIRST
    }

    public LeaderboardOptions {
        Objects.requireNonNull(order);
        if (maxSize < 0) {
            throw new IllegalArgumentException(
                    "The max size of a leaderboard is " + maxSize + "; allowed is 1 or more, or 0 for no limit");
        }
        if (timeToLive != null && timeToLive.toMillis() < 1) {
            throw new IllegalArgumentException(
                    "The time to live of a leaderboard is " + timeToLive + "; allowed is 1 ms or more");
        }
    }

    /** Highest first, unlimited, for ever, without dense ranks. */
    public static LeaderboardOptions defaults() {
        return new LeaderboardOptions(Order.HIGHEST_FIRST, 0, null, false);
    }

    /** These options with another order. */
    public LeaderboardOptions withOrder(Order first) {
        return new LeaderboardOptions(first, maxSize, timeToLive, denseRanks);
    }

    /** These options with another size. */
    public LeaderboardOptions withMaxSize(long members) {
        return new LeaderboardOptions(order, members, timeToLive, denseRanks);
    }

    /** These options with another time to live; null for ever. */
    public LeaderboardOptions withTimeToLive(@Nullable Duration afterLastChange) {
        return new LeaderboardOptions(order, maxSize, afterLastChange, denseRanks);
    }

    /** These options with or without dense ranks. */
    public LeaderboardOptions withDenseRanks(boolean known) {
        return new LeaderboardOptions(order, maxSize, timeToLive, known);
    }

    /** The score so that less is better; its own inverse. Never negative zero. */
    double turned(double score) {
        return order == Order.HIGHEST_FIRST ? 0.0 - score : 0.0 + score;
    }
}
