package io.redisstate.autoconfigure.cache;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.binder.cache.CacheMeterBinder;
import io.redisstate.cache.CacheStatistics;
import io.redisstate.cache.RedisStateCache;
import io.redisstate.cache.write.WriteBehind;
import io.redisstate.cache.write.WriteBehindStatistics;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.cache.metrics.CacheMeterBinderProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What Boot's cache metrics need to know our caches: meters {@code cache.*} as of any other, and some of our own. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnClass({CacheMeterBinderProvider.class, CacheMeterBinder.class})
class CacheMetricsConfiguration {

    @Bean
    CacheMeterBinderProvider<RedisStateCache> redisStateCacheMeters() {
        return Meters::new;
    }

    /** The meters of one cache. */
    private static final class Meters extends CacheMeterBinder<RedisStateCache> {

        private final RedisStateCache cache;

        Meters(RedisStateCache cache, Iterable<Tag> tags) {
            super(cache, cache.getName(), tags);
            this.cache = cache;
        }

        @Override
        protected @Nullable Long size() {
            return null;
        }

        @Override
        protected long hitCount() {
            return cache.statistics().allHits();
        }

        @Override
        protected Long missCount() {
            return cache.statistics().misses();
        }

        @Override
        protected Long evictionCount() {
            return cache.statistics().evictions();
        }

        @Override
        protected long putCount() {
            return cache.statistics().puts();
        }

        @Override
        protected void bindImplementationSpecificMetrics(MeterRegistry registry) {
            counter(registry, "near.hits", "Values given from the process's memory", CacheStatistics::nearHits);
            counter(registry, "stale.hits", "Values given while being refreshed", CacheStatistics::staleHits);
            counter(registry, "loads", "Loads that gave a value", CacheStatistics::loads);
            counter(registry, "loads.failed", "Loads that failed", CacheStatistics::failedLoads);
            counter(registry, "waits", "Callers that were given another's load", CacheStatistics::waits);
            counter(registry, "refreshes", "Loads in the background", CacheStatistics::refreshes);
            counter(registry, "unreadable", "Entries that could not be read", CacheStatistics::unreadable);
            counter(registry, "unwritable", "Values that could not be stored", CacheStatistics::unwritable);
            counter(registry, "failures", "Calls of Redis that failed", CacheStatistics::failures);
            cache.writeBehind().ifPresent(writes -> bind(registry, writes));
            TimeGauge.builder("redis.state.cache.load.duration", cache, TimeUnit.NANOSECONDS, own ->
                            (double) own.statistics().loadTime().toNanos())
                    .tags(getTagsWithCacheName())
                    .description("How long all loads took together")
                    .register(registry);
        }

        private void bind(MeterRegistry registry, WriteBehind writes) {
            Gauge.builder("redis.state.cache.writes.pending", writes, own -> own.statistics()
                            .pending())
                    .tags(getTagsWithCacheName())
                    .description("Keys that are to be written")
                    .register(registry);
            Gauge.builder("redis.state.cache.writes.dead", writes, own -> own.statistics()
                            .dead())
                    .tags(getTagsWithCacheName())
                    .description("Writes that were given up")
                    .register(registry);
            TimeGauge.builder("redis.state.cache.writes.lag", writes, TimeUnit.MILLISECONDS, own ->
                            (double) own.statistics().lag().toMillis())
                    .tags(getTagsWithCacheName())
                    .description("How long the oldest pending write has been waiting")
                    .register(registry);
            count(registry, writes, "written", "Keys that this process has written", WriteBehindStatistics::written);
            count(registry, writes, "coalesced", "Puts that took another's place", WriteBehindStatistics::coalesced);
            count(registry, writes, "failures", "Calls of the writer that failed", WriteBehindStatistics::failures);
        }

        private void count(
                MeterRegistry registry,
                WriteBehind writes,
                String name,
                String description,
                ToDoubleFunction<WriteBehindStatistics> count) {
            FunctionCounter.builder(
                            "redis.state.cache.writes." + name, writes, own -> count.applyAsDouble(own.statistics()))
                    .tags(getTagsWithCacheName())
                    .description(description)
                    .register(registry);
        }

        private void counter(
                MeterRegistry registry, String name, String description, ToDoubleFunction<CacheStatistics> count) {
            FunctionCounter.builder("redis.state.cache." + name, cache, own -> count.applyAsDouble(own.statistics()))
                    .tags(getTagsWithCacheName())
                    .description(description)
                    .register(registry);
        }
    }
}
