package io.redisstate.structure.pipeline;

import io.redisstate.core.CallExecutor;
import io.redisstate.core.CallExecutor.Outcome;
import io.redisstate.core.ScriptCall;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Sends many commands in few round trips. Thread-safe.
 *
 * @since 0.1
 */
public final class Pipelines {

    /** How many commands are sent together if nothing is said. */
    public static final int DEFAULT_SIZE = 500;

    private final CallExecutor calls;

    public Pipelines(CallExecutor calls) {
        this.calls = calls;
    }

    /** A new pipeline in pieces of 500. */
    public Pipeline open() {
        return open(DEFAULT_SIZE);
    }

    /**
     * A new pipeline.
     *
     * @param size how many commands are sent together, 1 to 10,000
     */
    public Pipeline open(int size) {
        return new Pipeline(calls, requireSize(size));
    }

    /** Makes a call of each item and sends them in pieces of 500; the outcomes are in the order of the items. */
    public <I, T extends @Nullable Object> List<Outcome<T>> forEach(
            Collection<I> items, Function<I, ScriptCall<T>> call) {
        List<Outcome<T>> outcomes = new ArrayList<>(items.size());
        List<ScriptCall<T>> piece = new ArrayList<>(DEFAULT_SIZE);
        for (I item : items) {
            piece.add(call.apply(item));
            if (piece.size() == DEFAULT_SIZE) {
                outcomes.addAll(calls.executeAll(List.copyOf(piece)));
                piece.clear();
            }
        }
        outcomes.addAll(piece.isEmpty() ? List.of() : calls.executeAll(piece));
        return outcomes;
    }

    private static int requireSize(int size) {
        if (size < 1 || size > 10_000) {
            throw new IllegalArgumentException("The size of a pipeline is " + size + "; allowed is 1 to 10000");
        }
        return size;
    }
}
