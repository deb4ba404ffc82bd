package io.redisstate.structure.pipeline;

import io.redisstate.core.CallExecutor;
import io.redisstate.core.CallExecutor.Outcome;
import io.redisstate.core.Reply;
import io.redisstate.core.Script;
import io.redisstate.core.ScriptCall;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Collects commands and sends them together: what is full is sent at once, the rest by {@link #send()} or {@link #close()}.
 *
 * <p>One round trip for each piece, on a cluster for each node of each piece. Commands of one node run in their order; one that fails
 * does not stop the others. A pipeline is not a transaction. Not thread-safe.
 *
 * @since 0.1
 */
public final class Pipeline implements AutoCloseable {

    private final CallExecutor calls;
    private final int size;
    private final List<Waiting<?>> waiting = new ArrayList<>();
    private long failed;

    private record Waiting<T extends @Nullable Object>(ScriptCall<T> call, PipelineResult<T> result) {}

    Pipeline(CallExecutor calls, int size) {
        this.calls = calls;
        this.size = size;
    }

    /**
     * Adds a command.
     *
     * @param reply what it answers, such as {@link Reply#LONG}
     * @param command its name, such as {@code INCRBY}
     * @param key the key, as it is called in Redis
     * @param arguments strings, numbers or bytes
     */
    public <T extends @Nullable Object> PipelineResult<T> command(
            Reply<T> reply, String command, String key, Object... arguments) {
        return add(Script.command(command, reply).call(List.of(key), arguments));
    }

    /** Adds a command or script; one that is repeatable is sent again if its reply is lost. */
    public <T extends @Nullable Object> PipelineResult<T> add(ScriptCall<T> call) {
        PipelineResult<T> result = new PipelineResult<>();
        waiting.add(new Waiting<>(call, result));
        if (waiting.size() >= size) {
            send();
        }
        return result;
    }

    /** Sends what is waiting and waits for the replies; returns how many commands of this pipeline have failed so far. */
    public long send() {
        List<Waiting<?>> sent = List.copyOf(waiting);
        waiting.clear();
        if (!sent.isEmpty()) {
            complete(sent);
        }
        return failed;
    }

    @SuppressWarnings("unchecked")
    private void complete(List<Waiting<?>> sent) {
        List<ScriptCall<@Nullable Object>> all = new ArrayList<>(sent.size());
        sent.forEach(one -> all.add((ScriptCall<@Nullable Object>) one.call));
        List<Outcome<@Nullable Object>> outcomes = outcomes(all);
        for (int i = 0; i < all.size(); i++) {
            PipelineResult<@Nullable Object> result = (PipelineResult<@Nullable Object>) sent.get(i).result;
            result.complete(outcomes.get(i));
            failed += outcomes.get(i).error() == null ? 0 : 1;
        }
    }

    private List<Outcome<@Nullable Object>> outcomes(List<ScriptCall<@Nullable Object>> all) {
        try {
            return calls.executeAll(all);
        } catch (RuntimeException ex) {
            return Collections.nCopies(all.size(), new Outcome<>(null, ex));
        }
    }

    /** Sends what is waiting. */
    @Override
    public void close() {
        send();
    }
}
