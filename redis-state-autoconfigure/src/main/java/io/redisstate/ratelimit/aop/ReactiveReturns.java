package io.redisstate.ratelimit.aop;

import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.springframework.core.ReactiveAdapter;
import org.springframework.core.ReactiveAdapterRegistry;
import org.springframework.util.ClassUtils;
import reactor.core.Exceptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Puts a check that blocks before each subscription to a publisher. */
final class ReactiveReturns {

    private static final boolean REACTOR =
            ClassUtils.isPresent("reactor.core.publisher.Mono", ReactiveReturns.class.getClassLoader());

    private ReactiveReturns() {}

    /** The call of a method that returns a publisher. */
    @FunctionalInterface
    interface Call {
        @Nullable
        Object make() throws Throwable;
    }

    /** Whether the type is a publisher; a {@code CompletionStage} is not, its method runs at the call. */
    static boolean adapts(Class<?> type) {
        return REACTOR && Adapters.of(type) != null;
    }

    static Object deferred(Class<?> type, Call call) {
        return Adapters.deferred(type, call);
    }

    /** Whether the call goes on after the method has returned. */
    static boolean lasts(Class<?> type, @Nullable Object result) {
        return result != null && (result instanceof CompletionStage || adapts(type));
    }

    /** The result, with an action once it is complete; a direct result as it is. */
    static Object closing(Class<?> type, Object result, Runnable close) {
        if (result instanceof CompletionStage<?> stage) {
            return stage.whenComplete((value, failure) -> close.run());
        }
        return adapts(type) ? Adapters.closing(type, result, close) : result;
    }

    /** Apart, because it needs Reactor. */
    private static final class Adapters {

        static @Nullable ReactiveAdapter of(Class<?> type) {
            if (type == Object.class || CompletionStage.class.isAssignableFrom(type)) {
                return null;
            }
            return ReactiveAdapterRegistry.getSharedInstance().getAdapter(type);
        }

        static Object deferred(Class<?> type, Call call) {
            ReactiveAdapter adapter = of(type);
            if (adapter == null) {
                throw new IllegalArgumentException(type + " is no publisher");
            }
            Mono<Object> publisher = Mono.fromCallable(() -> made(call)).subscribeOn(Schedulers.boundedElastic());
            return adapter.isMultiValue()
                    ? adapter.fromPublisher(publisher.flatMapMany(made -> Flux.from(adapter.toPublisher(made))))
                    : adapter.fromPublisher(publisher.flatMap(made -> Mono.from(adapter.toPublisher(made))));
        }

        static Object closing(Class<?> type, Object result, Runnable close) {
            ReactiveAdapter adapter = of(type);
            if (adapter == null) {
                throw new IllegalArgumentException(type + " is no publisher");
            }
            // Closing may ask Redis, so it leaves the thread that ended the publisher.
            Runnable elsewhere = () -> Schedulers.boundedElastic().schedule(close);
            return adapter.fromPublisher(
                    adapter.isMultiValue()
                            ? Flux.from(adapter.toPublisher(result)).doFinally(signal -> elsewhere.run())
                            : Mono.from(adapter.toPublisher(result)).doFinally(signal -> elsewhere.run()));
        }

        private static @Nullable Object made(Call call) throws Exception {
            try {
                return call.make();
            } catch (Exception | Error ex) {
                throw ex;
            } catch (Throwable ex) {
                throw Exceptions.propagate(ex);
            }
        }
    }
}
