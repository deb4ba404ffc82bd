package io.redisstate.structure.leaderboard;

import java.util.Optional;

/**
 * What became of a score.
 *
 * @param changed whether the member's score is another now
 * @param entry where the member stands; empty if it is not good enough for a board of limited size
 * @since 0.1
 */
public record Submission(boolean changed, Optional<LeaderboardEntry> entry) {}
