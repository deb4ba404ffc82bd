package io.redisstate.structure.leaderboard;

import io.redisstate.core.CallExecutor;
import io.redisstate.core.KeySpace;
import io.redisstate.core.ServerClock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;

/**
 * A leaderboard for each hour, day, week or month: the next begins by itself, the old ones stay for a while.
 *
 * <p>Which period it is, is decided by the server's clock ({@link ServerClock}) and the time zone. All boards of a name
 * are in one cluster slot. Thread-safe.
 *
 * @since 0.1
 */
public final class PeriodicLeaderboard {

    private final CallExecutor calls;
    private final KeySpace keys;
    private final String name;
    private final Period period;
    private final ZoneId zone;
    private final Duration keep;
    private final LeaderboardOptions options;
    private final InstantSource clock;

    /**
     * Boards by period.
     *
     * @param keys what their keys are built from
     * @param zone where midnight is
     * @param keep how long a board stays after its period, from 0; takes the place of
     *     {@link LeaderboardOptions#timeToLive()}
     * @param clock what time it is
     */
    public PeriodicLeaderboard(
            CallExecutor calls,
            KeySpace keys,
            String name,
            Period period,
            ZoneId zone,
            Duration keep,
            LeaderboardOptions options,
            InstantSource clock) {
        if (keep.isNegative()) {
            throw new IllegalArgumentException(
                    "The boards of '" + name + "' are to be kept " + keep + "; it must not be negative");
        }
        this.calls = calls;
        this.keys = keys;
        this.name = name;
        this.period = period;
        this.zone = zone;
        this.keep = keep;
        this.options = options.withTimeToLive(null);
        this.clock = clock;
    }

    /** The board of the period that is now; ask anew for each use. */
    public Leaderboard current() {
        return at(clock.instant());
    }

    /** The board of an earlier period; 1 is the last one. */
    public Leaderboard ago(int periods) {
        return board(period.plus(startOf(clock.instant()), -periods));
    }

    /** The board of the period that a time is in. */
    public Leaderboard at(Instant time) {
        return board(startOf(time));
    }

    /** The boards of all periods from the one of {@code from} to that of {@code to}, both included, at most 1,000. */
    public List<Leaderboard> between(Instant from, Instant to) {
        List<Leaderboard> boards = new ArrayList<>();
        ZonedDateTime last = startOf(to);
        for (ZonedDateTime start = startOf(from); !start.isAfter(last); start = period.plus(start, 1)) {
            if (boards.size() == 1_000) {
                throw new IllegalArgumentException("From " + from + " to " + to + " there are over 1000 periods");
            }
            boards.add(board(start));
        }
        return boards;
    }

    private ZonedDateTime startOf(Instant time) {
        return period.startOf(time.atZone(zone));
    }

    private Leaderboard board(ZonedDateTime start) {
        Instant end = period.plus(start, 1).toInstant().plus(keep);
        return new Leaderboard(calls, keys.key(name, period.keyPart(start)), options, end);
    }

    @Override
    public String toString() {
        return period + " leaderboard '" + name + "'";
    }
}
