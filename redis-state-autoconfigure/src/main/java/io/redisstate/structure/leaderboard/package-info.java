/** Boards of members by score, with ranks, for all time or by period. */
@NullMarked
package io.redisstate.structure.leaderboard;

import org.jspecify.annotations.NullMarked;
