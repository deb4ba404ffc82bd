package io.redisstate.cache;

import io.redisstate.cache.entry.CacheSerializer;
import io.redisstate.cache.near.Coherence;
import io.redisstate.cache.near.Versions;
import io.redisstate.cache.setting.CacheSettings;
import io.redisstate.cache.write.CacheWriter;
import io.redisstate.cache.write.TypedWriter;
import io.redisstate.cache.write.WriteBehind;
import io.redisstate.core.CallExecutor;
import io.redisstate.core.ClusterCheck;
import io.redisstate.core.ConnectionGuard;
import io.redisstate.core.FeatureThreads;
import io.redisstate.core.WakeUps;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.cache.CacheManager;
import org.springframework.dao.DataAccessException;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import tools.jackson.databind.json.JsonMapper;

/**
 * The caches on one Redis. Nothing asks Redis before a cache is used. Thread-safe.
 *
 * @since 0.1
 */
public final class RedisStateCacheManager implements CacheManager, AutoCloseable {

    private static final Duration PAUSE = Duration.ofMillis(500);
    private static final Duration SAFETY_POLL = Duration.ofSeconds(10);

    private final Wiring wiring;
    private final CacheDefinitions definitions;
    private final List<AutoCloseable> owned;
    private final TransactionalChanges changes = new TransactionalChanges();
    private final Map<String, RedisStateCache> caches = new ConcurrentHashMap<>();

    private RedisStateCacheManager(Builder builder) {
        CallExecutor calls = builder.calls.once();
        FeatureThreads threads = new FeatureThreads("cache", builder.virtualThreads, Duration.ofSeconds(5));
        WakeUps wakeUps = builder.wakeUps == null
                ? new WakeUps(builder.connections, builder.keyPrefix, SAFETY_POLL)
                : builder.wakeUps;
        this.definitions = new CacheDefinitions(builder.defaults, builder.configured, builder.writers, builder.dynamic);
        ClusterCheck cluster = new ClusterCheck(builder.connections);
        Versions versions = new Versions(calls, builder.keyPrefix, cluster);
        Coherence coherence = new Coherence(builder.connections, versions, builder.tracking);
        this.owned = builder.wakeUps == null ? List.of(coherence, threads, wakeUps) : List.of(coherence, threads);
        this.wiring = new Wiring(
                builder.connections,
                cluster,
                builder.keyPrefix,
                calls,
                builder.calls,
                wakeUps,
                threads,
                versions,
                coherence,
                new Unwritten(calls, threads, PAUSE),
                new ClaimRenewal(calls, threads),
                builder.serializer,
                builder.clock,
                List.copyOf(builder.listeners));
        definitions.names().forEach(this::cache);
    }

    /** A builder of a manager on some connections. */
    public static Builder builder(RedisConnectionFactory connections) {
        return new Builder(connections);
    }

    /**
     * The cache of a name.
     *
     * @throws UnknownCacheException if it is not configured and caches are not made on demand
     */
    @Override
    public RedisStateCache getCache(String name) {
        RedisStateCache present = caches.get(name);
        if (present != null) {
            return present;
        }
        if (!definitions.dynamic()) {
            throw new UnknownCacheException(name, definitions.names());
        }
        return cache(name);
    }

    private RedisStateCache cache(String name) {
        return caches.computeIfAbsent(name, key -> {
            CacheSettings settings =
                    definitions.settings(key, wiring.coherence().obstacle());
            return new RedisStateCache(
                    new CacheEngine(key, settings, wiring, definitions.writer(key)),
                    this,
                    settings.type(),
                    List.of(),
                    null);
        });
    }

    /**
     * Begins to write what an earlier process may have left in the queues of caches with write-behind, which the first put
     * does too. Returns at once; for caches without, it does nothing.
     */
    public void start() {
        queues().forEach(WriteBehind::start);
    }

    private List<WriteBehind> queues() {
        return caches.values().stream()
                .flatMap(cache -> cache.writeBehind().stream())
                .toList();
    }

    /** The configured caches and those made on demand so far. */
    @Override
    public Collection<String> getCacheNames() {
        Set<String> names = new TreeSet<>(caches.keySet());
        return List.copyOf(names);
    }

    /** Forgets the caches' entries in Redis; the caches stay. */
    @Override
    public void resetCaches() {
        caches.values().forEach(RedisStateCache::clear);
    }

    /**
     * Invalidates all entries with the tag, in all caches; after the commit if there is a transaction. 1 round trip
     * whatever their number.
     */
    public void invalidateTag(String tag) {
        changes.change(definitions.defaults().transactionAware(), tag, () -> invalidateTagNow(tag));
    }

    private void invalidateTagNow(String tag) {
        Versions.Cell version = wiring.versions().ofTag(tag);
        try {
            version.renew(definitions.longestLife());
        } catch (DataAccessException ex) {
            wiring.unwritten().renew(version, definitions.longestLife());
        }
    }

    /** How many evictions and clears wait for Redis to come back. */
    public int pendingChanges() {
        return wiring.unwritten().size();
    }

    /**
     * Whether changes are being heard from Redis: if so, a hit is one GET and near caches are in use; if not, versions are
     * read along with each entry and near caches are bypassed. False until shortly after the first use of a cache.
     */
    public boolean isTracking() {
        return wiring.coherence().isLive();
    }

    /** Runs a task on a thread of the caches, which is waited for and then interrupted when the manager is closed. */
    public void inBackground(Runnable task) {
        wiring.threads().executor().execute(task);
    }

    <T extends @Nullable Object> CompletableFuture<T> async(Supplier<T> task) {
        try {
            return CompletableFuture.supplyAsync(task, wiring.threads().executor());
        } catch (RejectedExecutionException | IllegalStateException ex) {
            return CompletableFuture.failedFuture(ex);
        }
    }

    /** Writes what is pending, for the grace time at most; then ends refreshes under way and whatever the manager has started. */
    @Override
    public void close() {
        List<WriteBehind> queues = queues();
        queues.forEach(WriteBehind::stop);
        queues.forEach(WriteBehind::awaitEnd);
        for (AutoCloseable resource : owned) {
            try {
                resource.close();
            } catch (Exception ex) {
                throw new IllegalStateException("Can't close " + resource, ex);
            }
        }
    }

    /** Builds a manager. Not thread-safe. */
    public static final class Builder {

        private final RedisConnectionFactory connections;
        private final Map<String, CacheSettings> configured = new HashMap<>();
        private final Map<String, TypedWriter> writers = new HashMap<>();
        private String keyPrefix = "redis-state";
        private CallExecutor calls;
        private @Nullable WakeUps wakeUps;
        private CacheSettings defaults = CacheSettings.defaults();
        private CacheSerializer serializer = CacheSerializer.json(JsonMapper.shared());
        private boolean dynamic = true;
        private boolean virtualThreads;
        private boolean tracking = true;
        private Clock clock = Clock.systemUTC();
        private final List<CacheListener> listeners = new ArrayList<>();

        private Builder(RedisConnectionFactory connections) {
            this.connections = connections;
            this.calls = ConnectionGuard.of(connections);
        }

        /** What all keys start with; default {@code redis-state}. */
        public Builder keyPrefix(String value) {
            this.keyPrefix = value;
            return this;
        }

        /** The way to Redis; by default a guard on the connections. Its repetitions are not used. */
        public Builder calls(CallExecutor value) {
            this.calls = value;
            return this;
        }

        /** The process's wake-ups, which stay the caller's to close; by default its own. */
        public Builder wakeUps(WakeUps value) {
            this.wakeUps = value;
            return this;
        }

        /** Settings of caches that have none of their own. */
        public Builder defaults(CacheSettings value) {
            this.defaults = value;
            return this;
        }

        /** Settings of one cache. */
        public Builder cache(String name, CacheSettings value) {
            configured.put(name, value);
            return this;
        }

        /**
         * Writes what is put into the writer's cache: through or, if its settings say so, behind the callers' backs.
         *
         * @throws IllegalArgumentException if its cache has another, or its class does not say what its keys and values are
         */
        public Builder writer(CacheWriter<?, ?> value) {
            if (writers.putIfAbsent(value.cache(), new TypedWriter(value)) != null) {
                throw new IllegalArgumentException("Cache '" + value.cache() + "' has two CacheWriters: " + value);
            }
            return this;
        }

        /** How values become bytes where a cache's settings don't say; default JSON. */
        public Builder serializer(CacheSerializer value) {
            this.serializer = value;
            return this;
        }

        /** Whether caches that are not configured are made on demand; default true. */
        public Builder dynamic(boolean value) {
            this.dynamic = value;
            return this;
        }

        /** Whether refreshes and asynchronous calls run on virtual threads; needs Java 21. */
        public Builder virtualThreads(boolean value) {
            this.virtualThreads = value;
            return this;
        }

        /**
         * Whether changes are heard by {@code CLIENT TRACKING}, on a connection of its own to each primary; default true.
         * Without it a hit reads its cache's version along, and near caches are never used.
         */
        public Builder tracking(boolean value) {
            this.tracking = value;
            return this;
        }

        /** Is told where the values that callers get come from; several are told one after the other. */
        public Builder listener(CacheListener value) {
            listeners.add(value);
            return this;
        }

        /** The clock that freshness is told by; for tests. */
        Builder clock(Clock value) {
            this.clock = value;
            return this;
        }

        /** The manager. */
        public RedisStateCacheManager build() {
            return new RedisStateCacheManager(this);
        }
    }
}
