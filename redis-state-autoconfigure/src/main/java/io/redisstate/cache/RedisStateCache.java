package io.redisstate.cache;

import io.redisstate.cache.entry.Reading;
import io.redisstate.cache.setting.CacheSettings;
import io.redisstate.cache.write.WriteBehind;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.cache.support.SimpleValueWrapper;

/**
 * A cache on Redis. Never fails for the sake of Redis: while it is away, reads are misses and loaders are called.
 *
 * <p>A hit takes 1 GET. A miss with a loader takes 2 round trips, a claim and storing (3 for keys that this process has found
 * before); one caller of all processes loads, the others wait for it. A put or an eviction takes 1, and so does a clear, whatever the size.
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
    private final @Nullable ValueTags valueTags;

    RedisStateCache(
            CacheEngine engine,
            RedisStateCacheManager manager,
            @Nullable Type type,
            Collection<String> tags,
            @Nullable ValueTags valueTags) {
        this.engine = engine;
        this.manager = manager;
        this.type = type;
        this.tags = Set.copyOf(tags);
        this.valueTags = valueTags;
    }

    /** A view of the same cache that reads and writes values as a type, unless the cache's settings name one. */
    public RedisStateCache typed(Type other) {
        return engine.settings().type() == null ? new RedisStateCache(engine, manager, other, tags, valueTags) : this;
    }

    @Override
    public RedisStateCache tagged(Collection<String> more) {
        Set<String> all = new TreeSet<>(tags);
        all.addAll(more);
        return new RedisStateCache(engine, manager, type, all, valueTags);
    }

    /**
     * A view of the same cache that gives values tags which depend on them; instead of those of an earlier call, besides those
     * of {@link #tagged}. A loaded value is not stored if any tag at all was invalidated during the load, which takes 2 more
     * round trips to find out.
     */
    public RedisStateCache taggedBy(ValueTags own) {
        return new RedisStateCache(engine, manager, type, tags, own);
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
        return new Request(key, text(key), as, tags, valueTags);
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

    /**
     * The values of those keys that the cache holds fresh, in the keys' order; 1 round trip: an MGET, on a cluster a
     * pipeline for each node.
     */
    public <K> Map<K, @Nullable Object> getAll(Collection<K> keys) {
        Map<String, @Nullable Object> found = engine.findAll(requests(keys));
        return byKey(keys, found);
    }

    private <K> Map<K, @Nullable Object> byKey(Collection<K> keys, Map<String, @Nullable Object> found) {
        Map<K, @Nullable Object> values = new LinkedHashMap<>();
        for (K key : keys) {
            String text = text(key);
            if (found.containsKey(text)) {
                values.put(key, found.get(text));
            }
        }
        return values;
    }

    /**
     * As {@link #getAll(Collection)}, with the missing ones from a loader that is called at most once; 2 or 3 round trips
     * then. A change of a key during the load keeps the loaded value out of the cache. Other than with single keys, callers
     * that miss at the same time each load.
     *
     * <p>Values that are stale but kept are given at once, and loaded anew by one in the background, with the same loader, all at
     * once. If the loader fails, the values that are kept for that case stand in, provided that there is one for each key that is
     * missing.
     *
     * @param loader gives the values of the keys it is given; those it leaves out have none, and are not cached
     * @throws RuntimeException what the loader throws
     */
    @SuppressWarnings("unchecked")
    public <K, V extends @Nullable Object> Map<K, V> getAll(
            Collection<K> keys, Function<? super List<K>, ? extends Map<K, V>> loader) {
        try {
            Map<String, @Nullable Object> found =
                    engine.getAll(requests(keys), missing -> byText(loader.apply(given(missing))));
            return (Map<K, V>) byKey(keys, found);
        } catch (LoadFailure ex) {
            throw ex.getCause() instanceof RuntimeException cause ? cause : ex;
        }
    }

    /** As {@link #getAll(Collection, Function)}, on a thread of the cache. */
    @SuppressWarnings("unchecked")
    public <K, V extends @Nullable Object> CompletableFuture<Map<K, V>> retrieveAll(
            Collection<K> keys, Function<? super List<K>, ? extends CompletableFuture<? extends Map<K, V>>> loader) {
        List<Request> requests = requests(keys);
        return manager.async(() -> {
            try {
                Map<String, @Nullable Object> found =
                        engine.getAll(requests, missing -> byText(awaited(loader.apply(given(missing)))));
                return (Map<K, V>) byKey(keys, found);
            } catch (LoadFailure ex) {
                throw new CompletionException(ex.getCause());
            }
        });
    }

    private List<Request> requests(Collection<?> keys) {
        return keys.stream().map(this::request).toList();
    }

    @SuppressWarnings("unchecked") // what the caller gave
    private static <K> List<K> given(List<Request> requests) {
        return requests.stream().map(request -> (K) request.given()).toList();
    }

    private Map<String, @Nullable Object> byText(@Nullable Map<?, ?> values) {
        Map<String, @Nullable Object> byText = new LinkedHashMap<>();
        if (values != null) {
            values.forEach((key, value) -> byText.put(text(key), value));
        }
        return byText;
    }

    /** Stores values in one round trip; after the commit if there is a transaction. */
    public void putAll(Map<?, ?> values) {
        List<@Nullable Object> drafts = new ArrayList<>(values.size());
        values.forEach((key, value) -> drafts.add(value));
        engine.putAll(requests(values.keySet()), drafts);
    }

    /**
     * Removes an entry as {@link #evict} does and, if the cache has a {@link io.redisstate.cache.write.CacheWriter}, the value
     * it comes from.
     */
    public void delete(Object key) {
        engine.deleteAll(List.of(request(key)));
    }

    /** As {@link #delete}, of many at once. */
    public void deleteAll(Collection<?> keys) {
        engine.deleteAll(requests(keys));
    }

    /** The writes that are still to be made; empty if the cache does not write behind its callers' backs. */
    public Optional<WriteBehind> writeBehind() {
        return Optional.ofNullable(engine.behind());
    }

    /**
     * Evicts the entries whose keys match a pattern, in the background and at once, in a transaction too. Goes over all
     * keys of the server by a cursor, 500 at a time, so it takes long where tags would take one round trip.
     *
     * @param pattern glob-style, as in Redis' {@code SCAN}: {@code user:42:*}
     * @return how many entries were evicted, when done
     */
    public CompletableFuture<Long> evictMatching(String pattern) {
        return manager.async(() -> engine.evictMatching(pattern));
    }

    @Override
    public void put(Object key, @Nullable Object value) {
        engine.putAll(List.of(request(key)), Collections.singletonList(value));
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
