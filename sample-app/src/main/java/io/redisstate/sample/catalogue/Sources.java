package io.redisstate.sample.catalogue;

import io.redisstate.cache.CacheListener;
import io.redisstate.cache.CacheSource;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Where the value came from that the current request got of the catalogue. */
@Component
class Sources implements CacheListener {

    private static final ThreadLocal<@Nullable CacheSource> LATEST = new ThreadLocal<>();

    @Override
    public void answered(String cache, String key, CacheSource source) {
        if (cache.equals(Catalogue.CACHE)) {
            LATEST.set(source);
        }
    }

    /** The source, once. */
    CacheSource take() {
        CacheSource source = LATEST.get();
        LATEST.remove();
        return source == null ? CacheSource.NONE : source;
    }
}
