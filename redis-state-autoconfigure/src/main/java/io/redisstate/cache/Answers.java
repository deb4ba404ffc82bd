package io.redisstate.cache;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/** Tells listeners where the values of one cache come from. Without listeners it costs nothing. */
final class Answers {

    private static final Log LOG = LogFactory.getLog(Answers.class);

    private final String cache;
    private final List<CacheListener> listeners;
    private final boolean heard;

    Answers(String cache, List<CacheListener> listeners) {
        this.cache = cache;
        this.listeners = listeners;
        this.heard = !listeners.isEmpty();
    }

    void given(Request request, CacheSource source) {
        if (heard) {
            tell(request.key(), source);
        }
    }

    /** What a load gives; who awaits it calls no loader, and a kept value stands in for a loader that fails. */
    @Nullable
    Object loaded(Request request, Callable<?> loader, Function<Callable<?>, @Nullable Object> load) {
        return loaded(request, loader, load, () -> CacheSource.AWAITED);
    }

    /** As {@link #loaded(Request, Callable, Function)}, where a value may come from elsewhere if no loader is called. */
    @Nullable
    Object loaded(
            Request request,
            Callable<?> loader,
            Function<Callable<?>, @Nullable Object> load,
            Supplier<CacheSource> elsewhere) {
        if (!heard) {
            return load.apply(loader);
        }
        Watched watched = new Watched(loader);
        Object value = load.apply(watched);
        tell(request.key(), watched.source == null ? elsewhere.get() : watched.source);
        return value;
    }

    private void tell(String key, CacheSource source) {
        for (CacheListener listener : listeners) {
            try {
                listener.answered(cache, key, source);
            } catch (RuntimeException ex) {
                LOG.warn("A listener of cache '" + cache + "' failed: " + listener, ex);
            }
        }
    }

    /** A loader that remembers what became of it; called on the caller's own thread if at all. */
    private static final class Watched implements Callable<@Nullable Object> {

        private final Callable<?> loader;
        private @Nullable CacheSource source;

        Watched(Callable<?> loader) {
            this.loader = loader;
        }

        @Override
        public @Nullable Object call() throws Exception {
            source = CacheSource.STALE;
            Object value = loader.call();
            source = CacheSource.LOADED;
            return value;
        }
    }
}
