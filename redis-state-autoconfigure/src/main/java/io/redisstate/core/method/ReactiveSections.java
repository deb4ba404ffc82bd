package io.redisstate.core.method;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.springframework.core.ReactiveAdapter;
import org.springframework.core.ReactiveAdapterRegistry;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Sections around publishers; apart, because it needs Reactor. */
final class ReactiveSections {

    private ReactiveSections() {}

    /** What became of opening. */
    private record Opening<R>(@Nullable R opened, @Nullable Throwable failure) {}

    static boolean adapts(Class<?> type) {
        return ReactiveAdapterRegistry.getSharedInstance().getAdapter(type) != null;
    }

    static <R> Object publisher(Class<?> type, Section<R> section) {
        ReactiveAdapter adapter = ReactiveAdapterRegistry.getSharedInstance().getAdapter(type);
        if (adapter == null) {
            throw new IllegalArgumentException(type + " is no publisher");
        }
        // What was opened in the moment of a cancellation has no subscriber any more: close it.
        Mono<Opening<R>> opening =
                ReactiveSections.<R>open(section).doOnDiscard(Opening.class, dropped -> close(section, dropped));
        Flux<Object> result = Flux.defer(() -> {
            // Told after the clean-up, which would wrap it.
            AtomicReference<@Nullable RuntimeException> lost = new AtomicReference<>();
            return Flux.usingWhen(
                            opening,
                            done -> use(adapter, section, done),
                            done -> Mono.fromRunnable(() -> lost.set(close(section, done))),
                            (done, failure) -> Mono.fromRunnable(() -> close(section, done)),
                            done -> Mono.fromRunnable(() -> close(section, done)))
                    .concatWith(Mono.defer(() -> {
                        RuntimeException failure = lost.get();
                        return failure == null ? Mono.empty() : Mono.error(failure);
                    }));
        });
        return adapter.fromPublisher(
                adapter.isMultiValue() ? result : result.takeLast(1).singleOrEmpty());
    }

    private static <R> Mono<Opening<R>> open(Section<R> section) {
        return Mono.create(sink -> {
            CompletableFuture<R> future;
            try {
                future = section.open();
            } catch (RuntimeException ex) {
                sink.success(new Opening<>(null, ex));
                return;
            }
            sink.onCancel(() -> future.cancel(true));
            var unused = future.whenComplete((opened, failure) ->
                    sink.success(new Opening<>(opened, failure == null ? null : Results.unwrapped(failure))));
        });
    }

    private static <R> Publisher<Object> use(ReactiveAdapter adapter, Section<R> section, Opening<R> opening) {
        try {
            Throwable failure = opening.failure();
            Object given = failure == null ? section.proceed() : section.refused(failure);
            return given == null ? Mono.empty() : adapter.toPublisher(given);
        } catch (Throwable ex) {
            return Mono.error(ex);
        }
    }

    @SuppressWarnings("unchecked")
    private static <R> @Nullable RuntimeException close(Section<R> section, Opening<?> opening) {
        Object opened = opening.opened();
        return opened == null ? null : section.close((R) opened);
    }
}
