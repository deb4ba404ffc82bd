package io.redisstate.structure.counter;

import io.redisstate.core.CallExecutor;
import io.redisstate.core.Reply;
import io.redisstate.core.Script;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** The commands of HyperLogLogs; all are repeatable. */
final class HyperLogLogs {

    private static final Script<Long> ADD = Script.load(HyperLogLogs.class, "unique-add", Reply.LONG);
    private static final Script<Long> COUNT = Script.command("PFCOUNT", Reply.LONG);
    private static final Script<Long> DELETE = Script.command("UNLINK", Reply.LONG);
    private static final int CHUNK = 1_000;

    private final CallExecutor calls;

    HyperLogLogs(CallExecutor calls) {
        this.calls = calls;
    }

    /**
     * Adds elements.
     *
     * @param millis how long it is kept from now on; 0 for ever
     * @param end epoch ms at which it ends; 0 never
     */
    boolean add(String key, long millis, long end, Collection<String> elements) {
        List<String> all = List.copyOf(elements);
        boolean changed = false;
        for (int i = 0; i < all.size(); i += CHUNK) {
            List<Object> arguments = new ArrayList<>(List.of(millis, end));
            arguments.addAll(all.subList(i, Math.min(all.size(), i + CHUNK)));
            changed |= calls.execute(ADD.call(List.of(key), arguments.toArray()).asRepeatable()) == 1;
        }
        return changed;
    }

    /** Distinct elements of all keys together, which must be in one slot. */
    long count(List<String> keys) {
        return calls.execute(COUNT.call(keys).asRepeatable());
    }

    void delete(List<String> keys) {
        calls.execute(DELETE.call(keys).asRepeatable());
    }
}
