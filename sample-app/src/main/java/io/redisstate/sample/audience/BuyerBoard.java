package io.redisstate.sample.audience;

import io.redisstate.structure.RedisStructures;
import io.redisstate.structure.leaderboard.LeaderboardEntry;
import io.redisstate.structure.leaderboard.LeaderboardOptions;
import io.redisstate.structure.leaderboard.Period;
import io.redisstate.structure.leaderboard.PeriodicLeaderboard;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Component;

/** The buyers of the day by the seats they bought, in all instances of the shop. */
@Component
public class BuyerBoard {

    private static final Log LOG = LogFactory.getLog(BuyerBoard.class);
    private static final int SHOWN = 5;

    private final PeriodicLeaderboard days;

    BuyerBoard(RedisStructures structures) {
        this.days = structures.leaderboard(
                "buyers",
                Period.DAILY,
                ZoneOffset.UTC,
                Duration.ofDays(7),
                LeaderboardOptions.defaults().withMaxSize(10_000));
    }

    /** Counts a seat. The seat is sold already, so a board that can't be reached only misses it. */
    public void bought(String client) {
        try {
            days.current().increment(client, 1);
        } catch (DataAccessException ex) {
            LOG.warn("A seat of " + client + " is missing on the board", ex);
        }
    }

    List<LeaderboardEntry> best() {
        return days.current().top(SHOWN);
    }
}
