package io.redisstate.autoconfigure.cache;

import io.redisstate.cache.entry.CacheSerializer;
import io.redisstate.cache.entry.Compression;
import io.redisstate.cache.setting.CacheSettings;
import io.redisstate.cache.setting.InvalidCacheSettingException;
import io.redisstate.cache.setting.NearSettings;
import io.redisstate.cache.setting.WriteBehindSettings;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.util.unit.DataSize;

/**
 * Caches.
 *
 * @param enabled whether a cache manager is configured
 * @param dynamic whether caches that are not configured are made on demand
 * @param protect whether plain @Cacheable methods load once among all callers, where Spring's rules allow it
 * @param tracking whether changes are heard by CLIENT TRACKING, which near caches and hits of one GET need
 * @param defaults settings of all caches
 * @param caches settings of single caches, by name
 * @since 0.1
 */
@ConfigurationProperties(CacheProperties.PREFIX)
public record CacheProperties(
        @DefaultValue("true") boolean enabled,
        @DefaultValue("true") boolean dynamic,
        @DefaultValue("true") boolean protect,
        @DefaultValue("true") boolean tracking,
        @DefaultValue Cache defaults,
        @DefaultValue Map<String, Cache> caches) {

    static final String PREFIX = "redis-state.cache";

    /** How values become bytes. */
    public enum Serializer {
        /** JSON by the application's Jackson mapper. */
        JSON,
        /** Java's own serialization, of the classes allowed by jdk-classes. */
        JDK
    }

    /** How bytes are compressed. */
    public enum Compressor {
        /** Not at all. */
        NONE,
        /** Deflate. */
        DEFLATE
    }

    /** The settings of all caches that have none of their own. */
    CacheSettings toDefaults(CacheSettings base, KeyFunctions functions) {
        return defaults.over(base, "defaults", functions);
    }

    /** The settings of one cache. */
    CacheSettings toSettings(String name, CacheSettings base, KeyFunctions functions) {
        Cache own = caches.get(name);
        return own == null ? base : own.withParts(defaults).over(base, "caches." + name, functions);
    }

    /** Finds the beans that turn keys into text. */
    @FunctionalInterface
    interface KeyFunctions {

        /**
         * The bean of that name.
         *
         * @param property what names it
         * @throws InvalidConfigurationPropertyValueException if there is none
         */
        Function<Object, String> named(String property, String bean);
    }

    private static <T> @Nullable T first(@Nullable T one, @Nullable T other) {
        return one == null ? other : one;
    }

    /**
     * Settings of a cache; what is not set is as in the defaults.
     *
     * @param fresh how long a value is fresh
     * @param keep how long a value is kept, refreshed in the background when used after its fresh time; not shorter
     * @param staleIfError how long beyond that a value stands in for a load that fails
     * @param jitter share of the times by which they are shortened at random, from 0 to 0.5
     * @param nullTtl how long a null is kept; 0 caches no nulls
     * @param earlyRefreshBeta how eagerly values in use are refreshed before they expire; 0 for never
     * @param loadWait how long a caller waits for the load of another
     * @param onLoadWait whether it then loads itself or fails
     * @param loaderTimeout how long a load may take before another process may begin one too
     * @param failureHold how long a failed load stands for all callers
     * @param keyFunction name of a bean, a Function of a key to its text; by default keys are told apart by their toString
     * @param type class that values are read as; by default what the annotated method returns
     * @param serializer how values become bytes
     * @param jdkClasses patterns of the classes that JDK serialization may read
     * @param compression how bytes are compressed
     * @param compressAbove from which size on
     * @param maxValueSize the largest value that is cached
     * @param statistics whether hits, misses and loads are counted
     * @param transactionAware whether changes in a transaction are made after its commit
     * @param near what is kept in the process's memory
     * @param writeBehind whether and how what is put is written by the cache's CacheWriter behind the caller's back
     */
    public record Cache(
            @Nullable Duration fresh,
            @Nullable Duration keep,
            @Nullable Duration staleIfError,
            @Nullable Double jitter,
            @Nullable Duration nullTtl,
            @Nullable Double earlyRefreshBeta,
            @Nullable Duration loadWait,
            CacheSettings.@Nullable OnLoadWait onLoadWait,
            @Nullable Duration loaderTimeout,
            @Nullable Duration failureHold,
            @Nullable String keyFunction,
            @Nullable Class<?> type,
            @Nullable Serializer serializer,
            @Nullable List<String> jdkClasses,
            @Nullable Compressor compression,
            @Nullable DataSize compressAbove,
            @Nullable DataSize maxValueSize,
            @Nullable Boolean statistics,
            @Nullable Boolean transactionAware,
            @Nullable Near near,
            @Nullable WriteBehind writeBehind) {

        /** What its parts leave open is as in other settings, whether those switch them on or not. */
        Cache withParts(Cache other) {
            return new Cache(
                    fresh,
                    keep,
                    staleIfError,
                    jitter,
                    nullTtl,
                    earlyRefreshBeta,
                    loadWait,
                    onLoadWait,
                    loaderTimeout,
                    failureHold,
                    keyFunction,
                    type,
                    serializer,
                    jdkClasses,
                    compression,
                    compressAbove,
                    maxValueSize,
                    statistics,
                    transactionAware,
                    near == null || other.near == null ? near : near.or(other.near),
                    writeBehind == null || other.writeBehind == null ? writeBehind : writeBehind.or(other.writeBehind));
        }

        CacheSettings over(CacheSettings base, String path, KeyFunctions functions) {
            CacheSettings.Builder builder = base.toBuilder();
            if (fresh != null) {
                // Times that follow the fresh time, unless they are set.
                builder.fresh(fresh).keep(null).nullTtl(base.nullTtl().isZero() ? Duration.ZERO : null);
            }
            set(keep, builder::keep);
            set(staleIfError, builder::staleIfError);
            set(jitter, builder::jitter);
            set(nullTtl, builder::nullTtl);
            set(earlyRefreshBeta, builder::earlyRefreshBeta);
            set(loadWait, builder::loadWait);
            set(onLoadWait, builder::onLoadWait);
            set(loaderTimeout, builder::loaderTimeout);
            set(failureHold, builder::failureHold);
            set(keyFunction, bean -> builder.keyFunction(functions.named(PREFIX + '.' + path + ".key-function", bean)));
            set(type, builder::type);
            set(statistics, builder::statistics);
            set(transactionAware, builder::transactionAware);
            set(
                    compression,
                    value -> builder.compression(value == Compressor.DEFLATE ? Compression.DEFLATE : Compression.NONE));
            set(compressAbove, value -> builder.compressAbove(bytes(path, "compress-above", value)));
            set(maxValueSize, value -> builder.maxValueSize(bytes(path, "max-value-size", value)));
            set(serializer, value -> builder.serializer(serializer(value)));
            try {
                if (near != null) {
                    builder.near(near.over(base.near()));
                }
                if (writeBehind != null) {
                    builder.writeBehind(writeBehind.over(base.writeBehind()));
                }
                return builder.build();
            } catch (InvalidCacheSettingException ex) {
                throw new InvalidConfigurationPropertyValueException(
                        PREFIX + '.' + path + '.' + ex.setting(), ex.given(), "It " + ex.rule() + '.');
            }
        }

        private @Nullable CacheSerializer serializer(Serializer value) {
            String[] classes = jdkClasses == null ? new String[0] : jdkClasses.toArray(String[]::new);
            return value == Serializer.JDK ? CacheSerializer.jdk(classes) : null;
        }

        private static int bytes(String path, String name, DataSize size) {
            if (size.toBytes() < 0 || size.toBytes() > Integer.MAX_VALUE) {
                throw new InvalidConfigurationPropertyValueException(
                        PREFIX + '.' + path + '.' + name, size, "It must be a size up to 2 GB.");
            }
            return (int) size.toBytes();
        }

        private static <T> void set(@Nullable T value, Consumer<T> setter) {
            if (value != null) {
                setter.accept(value);
            }
        }
    }

    /**
     * The part of a cache that is kept in the process's memory.
     *
     * @param enabled whether there is one; needs Caffeine
     * @param size how many values at most
     * @param maxAge how long a value stays at most
     */
    public record Near(@Nullable Boolean enabled, @Nullable Long size, @Nullable Duration maxAge) {

        Near or(Near other) {
            return new Near(first(enabled, other.enabled), first(size, other.size), first(maxAge, other.maxAge));
        }

        @Nullable
        NearSettings over(@Nullable NearSettings base) {
            if (enabled == null ? base == null : !enabled) {
                return null;
            }
            NearSettings from = base == null ? NearSettings.DEFAULT : base;
            return new NearSettings(size == null ? from.size() : size, maxAge == null ? from.maxAge() : maxAge);
        }
    }

    /**
     * How what is put is written by the cache's CacheWriter, from a queue in Redis.
     *
     * @param enabled whether it is; needs a CacheWriter for the cache
     * @param batchSize how many keys are written at once, at most 1000
     * @param delay how long a write waits for later ones of the same key, unless there are enough for a batch
     * @param attempts how often a key is tried that fails while others succeed, before it becomes a dead letter
     * @param backoff the pause after a first failure, which doubles with each further one
     * @param maxBackoff the longest pause
     * @param maxPending how many keys may wait, dead letters included, before puts fail
     * @param lease how long a process that died is waited for before another one writes
     * @param grace how long a shutdown waits for what is pending to be written
     */
    public record WriteBehind(
            @Nullable Boolean enabled,
            @Nullable Integer batchSize,
            @Nullable Duration delay,
            @Nullable Integer attempts,
            @Nullable Duration backoff,
            @Nullable Duration maxBackoff,
            @Nullable Integer maxPending,
            @Nullable Duration lease,
            @Nullable Duration grace) {

        WriteBehind or(WriteBehind other) {
            return new WriteBehind(
                    first(enabled, other.enabled),
                    first(batchSize, other.batchSize),
                    first(delay, other.delay),
                    first(attempts, other.attempts),
                    first(backoff, other.backoff),
                    first(maxBackoff, other.maxBackoff),
                    first(maxPending, other.maxPending),
                    first(lease, other.lease),
                    first(grace, other.grace));
        }

        @Nullable
        WriteBehindSettings over(@Nullable WriteBehindSettings base) {
            if (enabled == null ? base == null : !enabled) {
                return null;
            }
            WriteBehindSettings.Builder builder = (base == null ? WriteBehindSettings.DEFAULT : base).toBuilder();
            Cache.set(batchSize, builder::batchSize);
            Cache.set(delay, builder::delay);
            Cache.set(attempts, builder::attempts);
            Cache.set(backoff, builder::backoff);
            Cache.set(maxBackoff, builder::maxBackoff);
            Cache.set(maxPending, builder::maxPending);
            Cache.set(lease, builder::lease);
            Cache.set(grace, builder::grace);
            return builder.build();
        }
    }
}
