package io.redisstate.core.method;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * What surrounds a call of a method until its result is there.
 *
 * @param <R> what is opened
 * @since 0.1
 */
public interface Section<R> {

    /** Begins to open it, without blocking; cancelling the future must leave nothing open. */
    CompletableFuture<R> open();

    /** Calls the method. */
    @Nullable
    Object proceed() throws Throwable;

    /**
     * What the call gives if the section could not be opened: a result of the method's return type.
     *
     * @throws Throwable if there is no such result
     */
    @Nullable
    Object refused(Throwable failure) throws Throwable;

    /** Closes it. A failure is what the call fails with if it has not failed already. */
    @Nullable
    RuntimeException close(R opened);
}
