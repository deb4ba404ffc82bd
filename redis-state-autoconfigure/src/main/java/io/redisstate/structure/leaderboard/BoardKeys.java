package io.redisstate.structure.leaderboard;

import java.util.List;

/** The keys of one board, all in one slot. */
record BoardKeys(String board, boolean distinctScores) {

    List<String> all() {
        String since = board + ":since";
        return distinctScores ? List.of(board, since, board + ":scores") : List.of(board, since);
    }

    /** A board in the same slot, for what is not finished. */
    BoardKeys companion(String part) {
        return new BoardKeys(board + ':' + part, distinctScores);
    }
}
