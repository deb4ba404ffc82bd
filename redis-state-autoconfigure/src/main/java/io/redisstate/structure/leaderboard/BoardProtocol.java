package io.redisstate.structure.leaderboard;

import io.redisstate.core.CallExecutor;
import io.redisstate.core.Reply;
import io.redisstate.core.Script;
import io.redisstate.core.ScriptCall;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** The scripts of one board as calls, and their replies as entries. */
final class BoardProtocol {

    /** Far below what Lua can hold, so that no call keeps the server busy for long. */
    static final int CHUNK = 1_000;

    private static final Script<List<@Nullable Object>> SUBMIT = load("submit");
    private static final Script<List<@Nullable Object>> FIND = load("find");
    private static final Script<List<@Nullable Object>> LIST = load("list");
    private static final Script<Long> REMOVE = Script.load(BoardProtocol.class, "remove", Reply.LONG);
    private static final Script<Long> COUNT = Script.command("ZCOUNT", Reply.LONG);
    private static final Script<Long> SIZE = Script.command("ZCARD", Reply.LONG);
    private static final Script<Long> UNLINK = Script.command("UNLINK", Reply.LONG);

    private final CallExecutor calls;
    private final BoardKeys keys;
    private final LeaderboardOptions options;
    private final @Nullable Instant end;

    BoardProtocol(CallExecutor calls, BoardKeys keys, LeaderboardOptions options, @Nullable Instant end) {
        this.calls = calls;
        this.keys = keys;
        this.options = options;
        this.end = end;
    }

    BoardKeys keys() {
        return keys;
    }

    LeaderboardOptions options() {
        return options;
    }

    CallExecutor calls() {
        return calls;
    }

    long timeToLiveMillis() {
        return options.timeToLive() == null ? 0 : options.timeToLive().toMillis();
    }

    long endMillis() {
        return end == null ? 0 : end.toEpochMilli();
    }

    Submission submit(String mode, String member, double score) {
        List<@Nullable Object> reply = calls.execute(submission(mode, List.of(Map.entry(member, score))));
        boolean changed = number(reply.get(0)) > 0;
        return new Submission(changed, reply.size() < 5 ? Optional.empty() : Optional.of(entry(member, reply, 1)));
    }

    /** How many changed; at least two members. */
    long submitAll(String mode, List<Map.Entry<String, Double>> scores) {
        return number(calls.execute(submission(mode, scores)).get(0));
    }

    private ScriptCall<List<@Nullable Object>> submission(String mode, List<Map.Entry<String, Double>> scores) {
        List<Object> arguments = new ArrayList<>(4 + 2 * scores.size());
        arguments.addAll(List.of(mode, options.maxSize(), timeToLiveMillis(), endMillis()));
        for (Map.Entry<String, Double> score : scores) {
            requireMember(score.getKey());
            if (!Double.isFinite(score.getValue())) {
                throw new IllegalArgumentException(
                        "The score of '" + score.getKey() + "' is " + score.getValue() + "; it must be finite");
            }
            arguments.add(score.getKey());
            arguments.add(options.turned(score.getValue()));
        }
        ScriptCall<List<@Nullable Object>> call = SUBMIT.call(keys.all(), arguments.toArray());
        return mode.equals("add") ? call : call.asRepeatable();
    }

    private static void requireMember(String member) {
        if (member.isEmpty()) {
            throw new IllegalArgumentException("The name of a member must not be empty");
        }
    }

    /** Those of the members that are there. */
    List<LeaderboardEntry> find(Collection<String> members) {
        List<LeaderboardEntry> found = new ArrayList<>();
        List<@Nullable Object> reply =
                calls.execute(FIND.call(keys.all(), members.toArray()).asRepeatable());
        int at = 0;
        for (String member : members) {
            if (!"".equals(Reply.text(reply.get(at)))) {
                found.add(entry(member, reply, at));
            }
            at += 4;
        }
        return found;
    }

    /** {how many have a better score, size}, or empty if the member is not there. */
    Optional<long[]> better(String member) {
        List<@Nullable Object> reply =
                calls.execute(FIND.call(keys.all(), member).asRepeatable());
        return "".equals(Reply.text(reply.get(0)))
                ? Optional.empty()
                : Optional.of(new long[] {number(reply.get(2)), number(reply.get(4))});
    }

    List<LeaderboardEntry> list(Object... what) {
        List<@Nullable Object> reply = calls.execute(LIST.call(keys.all(), what).asRepeatable());
        List<LeaderboardEntry> entries = new ArrayList<>();
        if (reply.isEmpty()) {
            return entries;
        }
        long position = number(reply.get(0));
        long rank = number(reply.get(1)) + 1;
        long dense = number(reply.get(2));
        for (int i = 3; i < reply.size(); i += 2) {
            position++;
            double score = score(reply.get(i + 1));
            if (i > 3 && score != entries.get(entries.size() - 1).score()) {
                rank = position;
                dense = dense < 0 ? dense : dense + 1;
            }
            entries.add(new LeaderboardEntry(text(reply.get(i)), score, position, rank, dense(dense)));
        }
        return entries;
    }

    long remove(Collection<String> members) {
        return calls.execute(REMOVE.call(keys.all(), members.toArray()).asRepeatable());
    }

    long size() {
        return calls.execute(SIZE.call(List.of(keys.board())).asRepeatable());
    }

    long count(double least, double greatest) {
        return calls.execute(COUNT.call(List.of(keys.board()), least, greatest).asRepeatable());
    }

    void clear() {
        calls.execute(UNLINK.call(keys.all()).asRepeatable());
    }

    private LeaderboardEntry entry(String member, List<@Nullable Object> reply, int at) {
        return new LeaderboardEntry(
                member,
                score(reply.get(at)),
                number(reply.get(at + 1)) + 1,
                number(reply.get(at + 2)) + 1,
                dense(number(reply.get(at + 3))));
    }

    private static OptionalLong dense(long better) {
        return better < 0 ? OptionalLong.empty() : OptionalLong.of(better + 1);
    }

    private double score(@Nullable Object order) {
        return options.turned(Double.parseDouble(text(order)));
    }

    private static String text(@Nullable Object element) {
        return Objects.requireNonNull(Reply.text(element));
    }

    private static long number(@Nullable Object element) {
        return (Long) Objects.requireNonNull(element);
    }

    private static Script<List<@Nullable Object>> load(String name) {
        return Script.load(BoardProtocol.class, name, Reply.LIST);
    }
}
