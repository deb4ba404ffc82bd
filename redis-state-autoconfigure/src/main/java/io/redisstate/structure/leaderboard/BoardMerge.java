package io.redisstate.structure.leaderboard;

import io.redisstate.core.CallExecutor;
import io.redisstate.core.Reply;
import io.redisstate.core.Script;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Merges boards into one, in short calls beside the board there is, which the result replaces at once. Sources may lie
 * anywhere in a cluster.
 */
final class BoardMerge {

    private static final Script<List<@Nullable Object>> READ = Script.load(BoardMerge.class, "merge-read", Reply.LIST);
    private static final Script<Long> WRITE = Script.load(BoardMerge.class, "merge-write", Reply.LONG);
    private static final Script<Long> TRIM = Script.load(BoardMerge.class, "merge-trim", Reply.LONG);
    private static final Script<Long> END = Script.load(BoardMerge.class, "merge-end", Reply.LONG);
    private static final Duration UNFINISHED = Duration.ofMinutes(10);

    private final BoardProtocol target;
    private final MergeMode mode;
    private final BoardKeys work;

    BoardMerge(BoardProtocol target, MergeMode mode) {
        this.target = target;
        this.mode = mode;
        this.work = target.keys().companion("merge:" + UUID.randomUUID());
    }

    long run(List<BoardProtocol> sources) {
        sources.forEach(this::add);
        trim();
        List<String> keys = new ArrayList<>(target.keys().all());
        keys.addAll(work.all());
        return target.calls().execute(END.call(keys, target.timeToLiveMillis(), target.endMillis()));
    }

    private void add(BoardProtocol source) {
        CallExecutor calls = source.calls();
        List<String> board = List.of(source.keys().board());
        List<@Nullable Object> read =
                calls.execute(READ.call(board, BoardProtocol.CHUNK).asRepeatable());
        while (!read.isEmpty()) {
            write(read);
            if (mode == MergeMode.BEST) {
                // Who is beyond the end by now can only get there again by a better score; a sum may still grow.
                trim();
            }
            Object last = Objects.requireNonNull(read.get(read.size() - 2));
            String order = Objects.requireNonNull(Reply.text(read.get(read.size() - 1)));
            read = calls.execute(
                    READ.call(board, BoardProtocol.CHUNK, order, last).asRepeatable());
        }
    }

    private void trim() {
        long limit = target.options().maxSize();
        long surplus = limit == 0 ? 0 : 1;
        while (surplus > 0) {
            surplus = target.calls()
                    .execute(TRIM.call(work.all(), limit, BoardProtocol.CHUNK, UNFINISHED.toMillis())
                            .asRepeatable());
        }
    }

    private void write(List<@Nullable Object> read) {
        List<Object> arguments = new ArrayList<>(read.size() + 2);
        arguments.add(mode.word());
        arguments.add(UNFINISHED.toMillis());
        read.forEach(value -> arguments.add(Objects.requireNonNull(value)));
        target.calls().execute(WRITE.call(work.all(), arguments.toArray()));
    }
}
