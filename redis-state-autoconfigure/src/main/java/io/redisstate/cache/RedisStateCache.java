package io.redisstate.cache;

import java.lang.reflect.Type;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.cache.support.SimpleValueWrapper;

/**
 * A cache on Redis. Never fails for the sake of Redis: while it is away, reads are misses and loaders are called.
 *
 * <p>A hit takes 1 GET. A miss with a loader takes 3 round trips: the GET, a claim, and storing; one caller of all
 * processes loads, the others wait for it. A put or an eviction takes 1, and so does a clear, whatever the size.
 *
 * <p>An instance is a view of the cache, with the type that values are read as and the tags they get. Thread-safe.
 *
 * @since 0.1
 */
public final class RedisStateCache implements TaggedCache {

    private final CacheEngine engine;
    private final RedisStateCacheManager manager;
    private final @Nullable Type type;
    private final Set<String> tags;

    RedisStateCache(CacheEngine engine, RedisStateCacheManager manager, @Nullable Type type, Collection<String> tags) {
        this.engine = engine;
        this.manager = manager;
        this.type = type;
        this.tags = Set.copyOf(tags);
    }

    /** A view of the same cache that reads and writes values as a type, unless the cache's settings name one. */
    public RedisStateCache typed(Type other) {
        return engine.settings().type() == null ? new RedisStateCache(engine, manager, other, tags) : this;
    }

    @Override
    public RedisStateCache tagged(Collection<String> more) {
        Set<String> all = new TreeSet<>(tags);
        all.addAll(more);
        return new RedisStateCache(engine, manager, type, all);
    }

    /** What the cache has done in this process. */
    public CacheStatistics statistics() {
        return engine.statistics();
    }

    /** How it is set up. */
    public CacheSettings settings() {
        return engine.settings();
    }

    /** How much this process remembers of loads under way or failed. */
    int footprint() {
        return engine.footprint();
    }

    @Override
    public String getName() {
        return engine.name();
    }

    /** This cache itself. */
    @Override
    public Object getNativeCache() {
        return this;
    }

    private Request request(Object key) {
        return request(key, type);
    }

    private Request request(Object key, @Nullable Type as) {
        return new Request(text(key), as, tags);
    }

    private String text(Object key) {
        return KeyText.of(key, engine.settings().keyFunction());
    }

    @Override
    public @Nullable ValueWrapper get(Object key) {
        Reading reading = engine.find(request(key));
        return reading == null ? null : new SimpleValueWrapper(reading.value());
    }

    @Override
    @SuppressWarnings("unchecked")
    public <T> @Nullable T get(Object key, @Nullable Class<T> wanted) {
        Reading reading = engine.find(request(key, type == null ? wanted : type));
        Object value = reading == null ? null : reading.value();
        if (value != null && wanted != null && !wanted.isInstance(value)) {
            throw new IllegalStateException("Cached value of '" + key + "' in cache '" + getName() + "' is a "
                    + value.getClass().getName() + ", not a " + wanted.getName());
        }
        return (T) value;
    }

    /**
     * The value, loaded if need be, by one caller of all processes.
     *
     * @throws ValueRetrievalException if the load failed, here or where it was under way, and no kept value may stand in
     */
    @Override
    @SuppressWarnings("unchecked")
    public <T> @Nullable T get(Object key, Callable<T> valueLoader) {
        try {
            return (T) engine.get(request(key), valueLoader);
        } catch (LoadFailure ex) {
            throw new ValueRetrievalException(key, valueLoader, ex.getCause());
        }
    }

    /** Looks the key up on a thread of the cache; the future holds a {@link ValueWrapper}, or null on a miss. */
    @Override
    public CompletableFuture<?> retrieve(Object key) {
        Request request = request(key);
        return manager.async(() -> {
            Reading reading = engine.find(request);
            return reading == null ? null : new SimpleValueWrapper(reading.value());
        });
    }

    /** As {@link #get(Object, Callable)}, on a thread of the cache. */
    @Override
    @SuppressWarnings("unchecked")
    public <T> CompletableFuture<T> retrieve(Object key, Supplier<CompletableFuture<T>> valueLoader) {
        Request request = request(key);
        return manager.async(() -> {
            try {
                return (T) engine.get(request, () -> awaited(valueLoader.get()));
            } catch (LoadFailure ex) {
                throw new CompletionException(ex.getCause());
            }
        });
    }

    private static <T> @Nullable T awaited(CompletableFuture<T> future) throws Exception {
        try {
            return future.get();
        } catch (java.util.concurrent.ExecutionException ex) {
            throw ex.getCause() instanceof Exception cause ? cause : ex;
        }
    }

    @Override
    public void put(Object key, @Nullable Object value) {
        engine.put(request(key), value);
    }

    @Override
    public void put(Object key, @Nullable Object value, Collection<String> more) {
        tagged(more).put(key, value);
    }

    /** Stores at once, in a transaction too. */
    @Override
    public @Nullable ValueWrapper putIfAbsent(Object key, @Nullable Object value) {
        Reading present = engine.putIfAbsent(request(key), value);
        return present == null ? null : new SimpleValueWrapper(present.value());
    }

    @Override
    public void evict(Object key) {
        engine.evict(text(key));
    }

    /** Evicts at once, in a transaction too; false also if Redis is away. */
    @Override
    public boolean evictIfPresent(Object key) {
        return engine.evictNow(text(key));
    }

    @Override
    public void clear() {
        engine.clear();
    }

    /** Clears at once, in a transaction too; always true, since nobody counts. */
    @Override
    public boolean invalidate() {
        engine.clearNow();
        return true;
    }

    @Override
    public void invalidateTag(String tag) {
        manager.invalidateTag(tag);
    }

    @Override
    public String toString() {
        return "RedisStateCache '" + getName() + "'";
    }
}
