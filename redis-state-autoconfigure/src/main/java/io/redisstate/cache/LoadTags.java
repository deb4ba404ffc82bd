package io.redisstate.cache;

import io.redisstate.cache.entry.Entry;
import io.redisstate.cache.near.Versions;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The tags of one load. Those that are known before have the versions of before, so that an invalidation meanwhile wins. Those
 * that depend on the value can't: such a value is only stored if no tag at all was invalidated meanwhile. For one thread.
 */
final class LoadTags {

    private final Request request;
    private final CacheStore store;
    private final Versions versions;
    private final long invalidations;
    private List<Entry.TagVersion> current;

    private LoadTags(
            Request request, CacheStore store, Versions versions, long invalidations, List<Entry.TagVersion> current) {
        this.request = request;
        this.store = store;
        this.versions = versions;
        this.invalidations = invalidations;
        this.current = current;
    }

    /** Before the load. */
    static LoadTags before(Request request, CacheStore store, Versions versions) {
        return request.valueTags() == null
                ? new LoadTags(request, store, versions, 0, store.tags(request.tags()))
                : new LoadTags(request, store, versions, versions.invalidations(), List.of());
    }

    /** After it; false if the value may be out of date already. */
    boolean fixAfter(@Nullable Object value) {
        if (request.valueTags() == null) {
            return true;
        }
        current = store.tags(request.tagsOf(value));
        return versions.invalidations() == invalidations;
    }

    List<Entry.TagVersion> versions() {
        return current;
    }
}
