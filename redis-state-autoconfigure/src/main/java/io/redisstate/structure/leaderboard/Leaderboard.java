package io.redisstate.structure.leaderboard;

import io.redisstate.core.CallExecutor;
import io.redisstate.core.KeySpace;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * Members by score, with ranks. Of members with equal scores, the one that reached it first (by the server's clock) stands
 * first.
 *
 * <p>Each operation is one script and one round trip (bulk ones one for each 1,000 members), and takes the server O(log n) for
 * each member it names or returns; a million members are no matter. All keys of a board are in one cluster slot. Scores
 * are doubles: whole numbers are exact up to 2<sup>53</sup>. Uses a sorted set and a hash, and a second sorted set for
 * dense ranks. Thread-safe.
 *
 * @since 0.1
 */
public final class Leaderboard {

    private final BoardProtocol protocol;

    /**
     * A board.
     *
     * @param keys what its keys are built from
     * @param name not empty
     */
    public Leaderboard(CallExecutor calls, KeySpace keys, String name, LeaderboardOptions options) {
        this(calls, keys.key(name), options, null);
    }

    Leaderboard(CallExecutor calls, String key, LeaderboardOptions options, @Nullable Instant end) {
        this.protocol = new BoardProtocol(calls, new BoardKeys(key, options.denseRanks()), options, end);
    }

    /** Gives a member a score, whatever it had. */
    public Submission submit(String member, double score) {
        return protocol.submit("set", member, score);
    }

    /** Gives a member a score if it has none or a worse one. */
    public Submission submitIfBetter(String member, double score) {
        return protocol.submit("better", member, score);
    }

    /**
     * Adds to a member's score, from 0 if it has none. If the reply is lost it is not sent again, and whether it was added is
     * unknown.
     */
    public Submission increment(String member, double by) {
        return protocol.submit("add", member, by);
    }

    /** Gives many members scores, in pieces of 1,000; returns how many changed. Each piece is atomic. */
    public long submitAll(Map<String, Double> scores) {
        return inPieces("set", scores);
    }

    /** As {@link #submitAll}, for those with no or a worse score. */
    public long submitAllIfBetter(Map<String, Double> scores) {
        return inPieces("better", scores);
    }

    private long inPieces(String mode, Map<String, Double> scores) {
        List<Map.Entry<String, Double>> all = new ArrayList<>(scores.entrySet());
        long changed = 0;
        for (int i = 0; i < all.size(); i += BoardProtocol.CHUNK) {
            changed += protocol.submitAll(mode, all.subList(i, Math.min(all.size(), i + BoardProtocol.CHUNK)));
        }
        return changed;
    }

    /** Where a member stands. */
    public Optional<LeaderboardEntry> find(String member) {
        return protocol.find(List.of(member)).stream().findFirst();
    }

    /** Where those of the members stand that are there, in the order of the names. */
    public List<LeaderboardEntry> findAll(Collection<String> members) {
        List<String> all = List.copyOf(members);
        List<LeaderboardEntry> found = new ArrayList<>();
        for (int i = 0; i < all.size(); i += BoardProtocol.CHUNK) {
            found.addAll(protocol.find(all.subList(i, Math.min(all.size(), i + BoardProtocol.CHUNK))));
        }
        return found;
    }

    /** The first members. */
    public List<LeaderboardEntry> top(int count) {
        return page(0, count);
    }

    /**
     * Some members in their order.
     *
     * @param offset how many to leave out
     * @param count how many at most
     */
    public List<LeaderboardEntry> page(long offset, int count) {
        requireNotNegative("offset", offset);
        requireNotNegative("count", count);
        return count == 0 ? List.of() : protocol.list("index", offset, offset + count - 1);
    }

    /**
     * A member and those beside it; empty if it is not there.
     *
     * @param before how many better ones at most
     * @param after how many worse ones at most
     */
    public List<LeaderboardEntry> around(String member, int before, int after) {
        requireNotNegative("before", before);
        requireNotNegative("after", after);
        return protocol.list("around", member, before, after);
    }

    /**
     * Members with a score from {@code least} to {@code greatest}, both included, the best first.
     *
     * @param offset how many to leave out
     * @param count how many at most
     */
    public List<LeaderboardEntry> scoresBetween(double least, double greatest, long offset, int count) {
        requireNotNegative("offset", offset);
        requireNotNegative("count", count);
        double from = protocol.options().turned(least);
        double to = protocol.options().turned(greatest);
        return protocol.list("order", Math.min(from, to), Math.max(from, to), offset, count);
    }

    /** How many members have a score from {@code least} to {@code greatest}, both included. */
    public long countBetween(double least, double greatest) {
        double from = protocol.options().turned(least);
        double to = protocol.options().turned(greatest);
        return protocol.count(Math.min(from, to), Math.max(from, to));
    }

    /**
     * The percentage of members that the member is at least as good as, itself included: 100 for the best. Empty if it is
     * not there.
     */
    public OptionalDouble percentile(String member) {
        return protocol.better(member)
                .map(numbers -> OptionalDouble.of(100.0 * (numbers[1] - numbers[0]) / numbers[1]))
                .orElse(OptionalDouble.empty());
    }

    /** Takes members off; returns how many were there. */
    public long remove(Collection<String> members) {
        List<String> all = List.copyOf(members);
        long removed = 0;
        for (int i = 0; i < all.size(); i += BoardProtocol.CHUNK) {
            removed += protocol.remove(all.subList(i, Math.min(all.size(), i + BoardProtocol.CHUNK)));
        }
        return removed;
    }

    /** Takes a member off; false if it was not there. */
    public boolean remove(String member) {
        return protocol.remove(List.of(member)) > 0;
    }

    /** How many members there are. */
    public long size() {
        return protocol.size();
    }

    /** Takes everybody off. */
    public void clear() {
        protocol.clear();
    }

    /**
     * Replaces this board by what others say together; it may be one of them. They are read and the result is written in
     * pieces of 1,000 members, two or three round trips each, and nobody sees the result before it is complete. A score that
     * changes meanwhile counts as it was, as it is, or in a sum perhaps both: merge boards that are closed.
     *
     * @return how many members there are then
     * @throws IllegalArgumentException if a source has the other order
     */
    public long mergeFrom(Collection<Leaderboard> sources, MergeMode mode) {
        for (Leaderboard source : sources) {
            if (source.protocol.options().order() != protocol.options().order()) {
                throw new IllegalArgumentException("Can't merge " + source + " into " + this
                        + ": one has the highest scores first, the other the lowest");
            }
        }
        return new BoardMerge(protocol, mode)
                .run(sources.stream().map(source -> source.protocol).toList());
    }

    private static void requireNotNegative(String what, long given) {
        if (given < 0) {
            throw new IllegalArgumentException("The " + what + " is " + given + "; it must not be negative");
        }
    }

    @Override
    public String toString() {
        return "leaderboard " + protocol.keys().board();
    }
}
