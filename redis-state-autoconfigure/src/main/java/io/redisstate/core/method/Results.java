package io.redisstate.core.method;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.springframework.core.ReactiveAdapterRegistry;
import org.springframework.util.ClassUtils;

/**
 * How a method gives its result, and how a {@link Section} lasts until that result is there: a future is completed, a
 * publisher has ended, failed or been cancelled.
 *
 * @since 0.1
 */
public enum Results {

    /** When the method returns. */
    DIRECT,

    /** By a {@link CompletionStage}. */
    FUTURE,

    /** By a publisher that {@link ReactiveAdapterRegistry} knows, begun by its subscription. */
    REACTIVE;

    private static final boolean REACTOR_PRESENT =
            ClassUtils.isPresent("reactor.core.publisher.Mono", Results.class.getClassLoader());

    /** How methods with a return type give their result. */
    public static Results of(Class<?> returnType) {
        if (CompletionStage.class.isAssignableFrom(returnType)) {
            return FUTURE;
        }
        return REACTOR_PRESENT && ReactiveSections.adapts(returnType) ? REACTIVE : DIRECT;
    }

    /**
     * A future or publisher that opens a section, then calls the method, and closes it when the result is there. A
     * publisher does so at each subscription. A cancelled future ends the wait for the section; work of the method that is
     * under way then keeps the section until its own future ends.
     *
     * @throws IllegalStateException if this is {@link #DIRECT}
     */
    public <R> Object surround(Class<?> returnType, Section<R> section) {
        return switch (this) {
            case FUTURE -> future(section);
            case REACTIVE -> ReactiveSections.publisher(returnType, section);
            case DIRECT -> throw new IllegalStateException("A direct result is not waited for");
        };
    }

    /** The failure behind a {@link CompletionException}. */
    static Throwable unwrapped(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    }

    private static <R> CompletableFuture<Object> future(Section<R> section) {
        CompletableFuture<Object> result = new CompletableFuture<>();
        CompletableFuture<R> opening;
        try {
            opening = section.open();
        } catch (RuntimeException ex) {
            return CompletableFuture.failedFuture(ex);
        }
        // Not thenCompose: it would drop what was opened if the result was cancelled at the same moment.
        var unusedOpened = opening.whenComplete((opened, failure) -> {
            if (failure != null) {
                refused(section, unwrapped(failure), result);
            } else if (result.isDone()) {
                section.close(opened);
            } else {
                proceed(section, opened, result);
            }
        });
        var unusedCancelled = result.whenComplete((value, failure) -> {
            if (result.isCancelled()) {
                opening.cancel(true);
            }
        });
        return result;
    }

    private static <R> void proceed(Section<R> section, R opened, CompletableFuture<Object> result) {
        CompletionStage<?> stage;
        try {
            stage = (CompletionStage<?>) section.proceed();
        } catch (Throwable ex) {
            stage = CompletableFuture.failedFuture(ex);
        }
        if (stage == null) {
            stage = CompletableFuture.completedFuture(null);
        }
        stage.whenComplete((value, failure) -> {
            RuntimeException closing = section.close(opened);
            complete(result, value, failure == null ? closing : unwrapped(failure));
        });
    }

    private static void refused(Section<?> section, Throwable failure, CompletableFuture<Object> result) {
        if (result.isDone()) {
            return;
        }
        try {
            CompletionStage<?> instead = (CompletionStage<?>) section.refused(failure);
            if (instead == null) {
                complete(result, null, null);
            } else {
                instead.whenComplete((value, problem) -> complete(result, value, problem));
            }
        } catch (Throwable ex) {
            result.completeExceptionally(ex);
        }
    }

    @SuppressWarnings("NullAway") // a future may well be completed with null
    private static void complete(
            CompletableFuture<Object> result, @Nullable Object value, @Nullable Throwable failure) {
        if (failure == null) {
            result.complete(value);
        } else {
            result.completeExceptionally(failure);
        }
    }
}
