package io.redisstate.autoconfigure.cache;

import io.redisstate.cache.CacheWarmer;
import io.redisstate.cache.RedisStateCacheManager;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.ApplicationListener;

/** Lets the warmers fill the caches once the application is ready, in the background, each on a thread of its own. */
final class CacheWarmUp implements ApplicationListener<ApplicationReadyEvent> {

    private static final Log LOG = LogFactory.getLog(CacheWarmUp.class);

    private final ObjectProvider<CacheWarmer> warmers;
    private final RedisStateCacheManager caches;

    CacheWarmUp(ObjectProvider<CacheWarmer> warmers, RedisStateCacheManager caches) {
        this.warmers = warmers;
        this.caches = caches;
    }

    @Override
    public void onApplicationEvent(ApplicationReadyEvent event) {
        warmers.orderedStream().forEach(warmer -> caches.inBackground(() -> warm(warmer)));
    }

    private void warm(CacheWarmer warmer) {
        try {
            warmer.warm(caches);
        } catch (Exception ex) {
            if (ex instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            LOG.warn("The caches could not be warmed by " + warmer, ex);
        }
    }
}
