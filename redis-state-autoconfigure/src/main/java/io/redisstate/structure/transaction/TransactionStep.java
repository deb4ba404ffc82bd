package io.redisstate.structure.transaction;

import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.data.redis.core.RedisOperations;

/**
 * What a transaction does after it has read: writes, or nothing.
 *
 * @param <R> what the transaction gives
 * @since 0.1
 */
public final class TransactionStep<R extends @Nullable Object> {

    private final @Nullable Consumer<RedisOperations<String, String>> writes;
    private final Function<List<Object>, R> result;

    private TransactionStep(
            @Nullable Consumer<RedisOperations<String, String>> writes, Function<List<Object>, R> result) {
        this.writes = writes;
        this.result = result;
    }

    /**
     * Writes, if none of the watched keys was written meanwhile.
     *
     * @param writes what to write; what its calls return means nothing, since they are only queued
     * @param result what the transaction gives then
     */
    public static <R extends @Nullable Object> TransactionStep<R> commit(
            Consumer<RedisOperations<String, String>> writes, R result) {
        return new TransactionStep<>(writes, replies -> result);
    }

    /** As {@link #commit(Consumer, Object)}, with a result from the replies to the writes, in their order. */
    public static <R extends @Nullable Object> TransactionStep<R> commitFor(
            Consumer<RedisOperations<String, String>> writes, Function<List<Object>, R> result) {
        return new TransactionStep<>(writes, result);
    }

    /** Writes nothing. */
    public static <R extends @Nullable Object> TransactionStep<R> abandon(R result) {
        return new TransactionStep<>(null, replies -> result);
    }

    @Nullable
    Consumer<RedisOperations<String, String>> writes() {
        return writes;
    }

    R result(List<Object> replies) {
        return result.apply(replies);
    }
}
