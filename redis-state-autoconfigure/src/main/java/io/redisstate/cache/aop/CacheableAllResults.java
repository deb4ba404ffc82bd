package io.redisstate.cache.aop;

import io.redisstate.core.method.Results;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.springframework.core.ReactiveAdapter;
import org.springframework.core.ReactiveAdapterRegistry;
import org.springframework.core.ResolvableType;
import reactor.core.publisher.Mono;

/** Methods that give their map later, by a future or a publisher: neither their callers nor event loops wait for the cache. */
final class CacheableAllResults {

    private CacheableAllResults() {}

    /** What a method returns, without the future or publisher of one value around it. */
    static ResolvableType ofOne(ResolvableType returned) {
        Class<?> raw = returned.toClass();
        boolean one =
                switch (Results.of(raw)) {
                    case FUTURE -> raw.isAssignableFrom(CompletableFuture.class);
                    case REACTIVE -> !Reactive.adapter(raw).isMultiValue();
                    case DIRECT -> false;
                };
        return one ? returned.getGeneric(0) : returned;
    }

    /** What the method gives, as a future. */
    @FunctionalInterface
    interface Later {

        CompletableFuture<?> of(@Nullable Object given);
    }

    /** Gets what is in the cache, and the rest from the method. */
    @FunctionalInterface
    interface Retrieval {

        CompletableFuture<Map<Object, Object>> by(Later later);
    }

    /** What is retrieved, as the method's return type says: a publisher retrieves at each subscription. */
    static Object of(Class<?> returnType, Retrieval retrieval) {
        return Results.of(returnType) == Results.REACTIVE
                ? Reactive.publisher(returnType, retrieval)
                : retrieval.by(CacheableAllResults::future);
    }

    private static CompletableFuture<?> future(@Nullable Object given) {
        return given instanceof CompletionStage<?> stage
                ? stage.toCompletableFuture()
                : CompletableFuture.completedFuture(Map.of());
    }

    /** Apart, since Reactor may be missing. */
    private static final class Reactive {

        static ReactiveAdapter adapter(Class<?> type) {
            return Objects.requireNonNull(
                    ReactiveAdapterRegistry.getSharedInstance().getAdapter(type));
        }

        static Object publisher(Class<?> returnType, Retrieval retrieval) {
            ReactiveAdapter adapter = adapter(returnType);
            // The method's publisher knows what the subscriber knows.
            return adapter.fromPublisher(Mono.deferContextual(context -> Mono.fromFuture(
                    retrieval.by(given -> Mono.from(adapter.toPublisher(given))
                            .contextWrite(context)
                            .toFuture()),
                    true)));
        }
    }
}
