package io.redisstate.cache.setting;

import io.redisstate.cache.entry.CacheSerializer;
import io.redisstate.cache.entry.Compression;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * How one cache behaves; immutable. Made by {@link #builder()}, whose methods say what each setting means.
 *
 * @param fresh how long a value is fresh
 * @param keep how long a value is kept
 * @param staleIfError how long beyond {@code keep} a value may stand in for a failed load
 * @param jitter by which share times are varied
 * @param nullTtl how long a null is fresh and kept; zero if nulls are not cached
 * @param earlyRefreshBeta how early values are refreshed
 * @param loadWait how long a caller waits for another's load
 * @param onLoadWait what happens after that
 * @param loaderTimeout how long a load keeps its claim
 * @param failureHold how long a failed load stands for all callers
 * @param type what values are read as, if set
 * @param serializer how values become bytes; null for the manager's
 * @param compression how bytes are compressed
 * @param compressAbove from how many bytes on
 * @param maxValueSize the largest value that is cached, in bytes
 * @param keyFunction how keys become text; null for the default way
 * @param statistics whether hits, misses and loads are counted
 * @param transactionAware whether changes in a transaction are made after its commit
 * @param near what is kept in the process's memory; null for nothing
 * @param writeBehind how puts are written behind the caller's back; null for not
 * @since 0.1
 */
public record CacheSettings(
        Duration fresh,
        Duration keep,
        Duration staleIfError,
        double jitter,
        Duration nullTtl,
        double earlyRefreshBeta,
        Duration loadWait,
        OnLoadWait onLoadWait,
        Duration loaderTimeout,
        Duration failureHold,
        @Nullable Type type,
        @Nullable CacheSerializer serializer,
        Compression compression,
        int compressAbove,
        int maxValueSize,
        @Nullable Function<Object, String> keyFunction,
        boolean statistics,
        boolean transactionAware,
        @Nullable NearSettings near,
        @Nullable WriteBehindSettings writeBehind) {

    private static final CacheSettings DEFAULTS = new Builder().build();

    /** Checks them. */
    public CacheSettings {
        positive("fresh", fresh);
        positive("keep", keep);
        notNegative("stale-if-error", staleIfError);
        notNegative("null-ttl", nullTtl);
        positive("load-wait", loadWait);
        positive("loader-timeout", loaderTimeout);
        notNegative("failure-hold", failureHold);
        require(keep.compareTo(fresh) >= 0, "keep", keep, "must not be shorter than fresh, which is " + fresh);
        require(jitter >= 0 && jitter <= 0.5, "jitter", jitter, "must be a share from 0 to 0.5");
        require(earlyRefreshBeta >= 0, "early-refresh-beta", earlyRefreshBeta, "must be a number from 0");
        require(maxValueSize > 0, "max-value-size", maxValueSize, "must be at least one byte");
        require(compressAbove >= 0, "compress-above", compressAbove, "must not be negative");
    }

    /** The defaults. */
    public static CacheSettings defaults() {
        return DEFAULTS;
    }

    /** A builder with the defaults. */
    public static Builder builder() {
        return new Builder();
    }

    /** A builder with these settings. */
    public Builder toBuilder() {
        Builder builder = new Builder();
        builder.fresh = fresh;
        builder.keep = keep;
        builder.staleIfError = staleIfError;
        builder.jitter = jitter;
        builder.nullTtl = nullTtl;
        builder.earlyRefreshBeta = earlyRefreshBeta;
        builder.loadWait = loadWait;
        builder.onLoadWait = onLoadWait;
        builder.loaderTimeout = loaderTimeout;
        builder.failureHold = failureHold;
        builder.type = type;
        builder.serializer = serializer;
        builder.compression = compression;
        builder.compressAbove = compressAbove;
        builder.maxValueSize = maxValueSize;
        builder.keyFunction = keyFunction;
        builder.statistics = statistics;
        builder.transactionAware = transactionAware;
        builder.near = near;
        builder.writeBehind = writeBehind;
        return builder;
    }

    /** How long Redis holds an entry. */
    public Duration ttl(boolean ofNull) {
        return (ofNull ? nullTtl : keep).plus(staleIfError);
    }

    private static void positive(String name, Duration value) {
        require(value.toMillis() > 0, name, value, "must be at least 1 ms");
    }

    private static void notNegative(String name, Duration value) {
        require(!value.isNegative(), name, value, "must not be negative");
    }

    private static void require(boolean allowed, String name, Object given, String rule) {
        if (!allowed) {
            throw new InvalidCacheSettingException(name, given, rule);
        }
    }

    /** What a caller does that has waited long enough for another's load. */
    public enum OnLoadWait {
        /** Loads the value itself, without caching it. */
        LOAD,
        /** Fails with {@code CacheLoadException}, or gets the stale value if one is kept. */
        FAIL
    }

    /** Builds settings. Not thread-safe. */
    public static final class Builder {

        private Duration fresh = Duration.ofHours(1);
        private @Nullable Duration keep;
        private Duration staleIfError = Duration.ZERO;
        private double jitter = 0.1;
        private @Nullable Duration nullTtl;
        private double earlyRefreshBeta = 1;
        private Duration loadWait = Duration.ofSeconds(10);
        private OnLoadWait onLoadWait = OnLoadWait.LOAD;
        private Duration loaderTimeout = Duration.ofSeconds(30);
        private Duration failureHold = Duration.ofMillis(200);
        private @Nullable Type type;
        private @Nullable CacheSerializer serializer;
        private Compression compression = Compression.NONE;
        private int compressAbove = 2_048;
        private int maxValueSize = 64 << 20;
        private @Nullable Function<Object, String> keyFunction;
        private boolean statistics = true;
        private boolean transactionAware = true;
        private @Nullable NearSettings near;
        private @Nullable WriteBehindSettings writeBehind;

        private Builder() {}

        /** How long a value is fresh; default one hour, at least 1 ms. */
        public Builder fresh(Duration value) {
            this.fresh = value;
            return this;
        }

        /**
         * How long a value is kept: after its fresh time it is given at once and refreshed in the background; default the
         * fresh time, never less.
         */
        public Builder keep(@Nullable Duration value) {
            this.keep = value;
            return this;
        }

        /** How long beyond the keep time a value stands in for a load that fails; default none. */
        public Builder staleIfError(Duration value) {
            this.staleIfError = value;
            return this;
        }

        /** By which share, at most, times are shortened at random so that values don't expire together; default 0.1. */
        public Builder jitter(double share) {
            this.jitter = share;
            return this;
        }

        /** How long a null is fresh and kept; default the fresh time, zero caches no nulls. */
        public Builder nullTtl(@Nullable Duration value) {
            this.nullTtl = value;
            return this;
        }

        /**
         * How early values that are in use are refreshed in the background, while they are still fresh: with this number
         * times the load's own time, on average; default 1, 0 for never.
         */
        public Builder earlyRefreshBeta(double beta) {
            this.earlyRefreshBeta = beta;
            return this;
        }

        /** How long a caller waits for another's load of the same key; default 10 s. */
        public Builder loadWait(Duration value) {
            this.loadWait = value;
            return this;
        }

        /** What happens after that; default {@link OnLoadWait#LOAD}. */
        public Builder onLoadWait(OnLoadWait value) {
            this.onLoadWait = value;
            return this;
        }

        /** How long a load may take before another process may begin one too; default 30 s. */
        public Builder loaderTimeout(Duration value) {
            this.loaderTimeout = value;
            return this;
        }

        /** How long a failed load stands for all callers before it is tried again; default 200 ms. */
        public Builder failureHold(Duration value) {
            this.failureHold = value;
            return this;
        }

        /** What all values are read as; default what the caller or the annotated method says. */
        public Builder type(@Nullable Type value) {
            this.type = value;
            return this;
        }

        /** How values become bytes; default the manager's, which is JSON. */
        public Builder serializer(@Nullable CacheSerializer value) {
            this.serializer = value;
            return this;
        }

        /** How bytes are compressed; default not at all. */
        public Builder compression(Compression value) {
            this.compression = value;
            return this;
        }

        /** From how many bytes on a value is compressed; default 2 KB. */
        public Builder compressAbove(int bytes) {
            this.compressAbove = bytes;
            return this;
        }

        /** The largest value that is cached, in bytes before compression; default 64 MB. */
        public Builder maxValueSize(int bytes) {
            this.maxValueSize = bytes;
            return this;
        }

        /**
         * How keys become text, the same in all processes; by default a string stands for itself, several arguments are
         * joined, and anything else gives its {@code toString()}, which must not be that of {@code Object}.
         */
        public Builder keyFunction(@Nullable Function<Object, String> value) {
            this.keyFunction = value;
            return this;
        }

        /** Whether hits, misses and loads are counted; default true. */
        public Builder statistics(boolean value) {
            this.statistics = value;
            return this;
        }

        /** Whether puts, evictions and clears in a transaction wait for its commit; default true. */
        public Builder transactionAware(boolean value) {
            this.transactionAware = value;
            return this;
        }

        /**
         * What is kept in the process's memory, coherent with Redis; default nothing. Values are shared by all callers, who
         * must not change them.
         */
        public Builder near(@Nullable NearSettings value) {
            this.near = value;
            return this;
        }

        /**
         * Whether and how the cache's {@link io.redisstate.cache.write.CacheWriter} is called behind the caller's back;
         * default not. All keys of such a cache lie on one node of a cluster.
         */
        public Builder writeBehind(@Nullable WriteBehindSettings value) {
            this.writeBehind = value;
            return this;
        }

        /**
         * The settings.
         *
         * @throws InvalidCacheSettingException if one is out of its bounds
         */
        public CacheSettings build() {
            return new CacheSettings(
                    fresh,
                    keep == null ? fresh : keep,
                    staleIfError,
                    jitter,
                    nullTtl == null ? fresh : nullTtl,
                    earlyRefreshBeta,
                    loadWait,
                    onLoadWait,
                    loaderTimeout,
                    failureHold,
                    type,
                    serializer,
                    compression,
                    compressAbove,
                    maxValueSize,
                    keyFunction,
                    statistics,
                    transactionAware,
                    near,
                    writeBehind);
        }
    }
}
