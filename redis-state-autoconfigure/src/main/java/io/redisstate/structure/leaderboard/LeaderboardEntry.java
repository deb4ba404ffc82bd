package io.redisstate.structure.leaderboard;

import java.util.OptionalLong;

/**
 * A member of a leaderboard and where it stands. Of members with equal scores the one that reached it first stands first.
 *
 * @param member who
 * @param score its score
 * @param position its place from 1, different for each member
 * @param rank one more than how many members have a better score ("1, 2, 2, 4")
 * @param denseRank one more than how many better scores there are ("1, 2, 2, 3"); empty unless the board has
 *     {@link LeaderboardOptions#denseRanks()}
 * @since 0.1
 */
public record LeaderboardEntry(String member, double score, long position, long rank, OptionalLong denseRank) {}
