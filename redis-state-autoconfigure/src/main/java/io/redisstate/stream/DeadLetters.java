package io.redisstate.stream;

import io.redisstate.core.CallExecutor;
import io.redisstate.core.Reply;
import io.redisstate.core.Script;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The dead letters of groups: what they have given up, to look at, to try again or to remove.
 *
 * <p>Each operation is one round trip, redriving all one for each hundred. Thread-safe.
 *
 * @since 0.1
 */
public final class DeadLetters {

    private static final Script<List<@Nullable Object>> RANGE = Script.command("XRANGE", Reply.LIST);
    private static final Script<List<@Nullable Object>> REDRIVE = Script.load(DeadLetters.class, "redrive", Reply.LIST);
    private static final Script<Long> REMOVE = Script.command("XDEL", Reply.LONG);
    private static final Script<Long> LENGTH = Script.command("XLEN", Reply.LONG);
    private static final int PAGE = 100;

    private final CallExecutor calls;
    private final StreamKeys keys;

    /**
     * Dead letters.
     *
     * @param keyPrefix what all keys of the application start with
     */
    public DeadLetters(CallExecutor calls, String keyPrefix) {
        this.calls = calls;
        this.keys = new StreamKeys(keyPrefix);
    }

    /** How many there are. */
    public long count(String stream, String group) {
        return calls.execute(LENGTH.call(List.of(keys.dead(stream, group))).asRepeatable());
    }

    /** The oldest ones. */
    public List<DeadLetter> list(String stream, String group, int limit) {
        return range(stream, group, "-", limit);
    }

    /** The next ones after an id. */
    public List<DeadLetter> listAfter(String stream, String group, String id, int limit) {
        return range(stream, group, "(" + id, limit);
    }

    private List<DeadLetter> range(String stream, String group, String from, int limit) {
        return StreamEntry.listOf(calls.execute(RANGE.call(List.of(keys.dead(stream, group)), from, "+", "COUNT", limit)
                        .asRepeatable()))
                .stream()
                .map(DeadLetter::new)
                .toList();
    }

    /**
     * Publishes dead letters to their stream again, for their group only, and removes them. They are new messages with all
     * their attempts, at the end of the stream. Other groups pass them over.
     *
     * @param ids their ids among the dead letters, at most 1000
     * @return the new ids; one for each that was still there
     */
    public List<String> redrive(String stream, String group, List<String> ids) {
        if (ids.isEmpty()) {
            return List.of();
        }
        List<Object> arguments = new ArrayList<>(ids);
        arguments.add(0, group);
        return calls
                .execute(REDRIVE.call(List.of(keys.dead(stream, group), keys.stream(stream)), arguments.toArray()))
                .stream()
                .map(id -> Objects.requireNonNull(Reply.text(id)))
                .toList();
    }

    /**
     * Redrives all that are there now.
     *
     * @return how many
     */
    public long redriveAll(String stream, String group) {
        long redriven = 0;
        long atMost = count(stream, group);
        while (redriven < atMost) {
            List<String> page =
                    list(stream, group, PAGE).stream().map(DeadLetter::id).toList();
            if (page.isEmpty()) {
                break;
            }
            redriven += redrive(stream, group, page).size();
        }
        return redriven;
    }

    /**
     * Removes dead letters for good.
     *
     * @param ids at most 1000
     * @return how many were there
     */
    public long remove(String stream, String group, List<String> ids) {
        return ids.isEmpty()
                ? 0
                : calls.execute(REMOVE.call(List.of(keys.dead(stream, group)), ids.toArray())
                        .asRepeatable());
    }
}
