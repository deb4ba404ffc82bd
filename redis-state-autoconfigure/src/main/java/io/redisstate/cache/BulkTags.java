package io.redisstate.cache;

import io.redisstate.cache.entry.Entry;
import io.redisstate.cache.near.Versions;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** As {@link LoadTags}, for many values at once: all their versions in one round trip. For one thread. */
final class BulkTags {

    private final List<Request> requests;
    private final CacheStore store;
    private final Versions versions;
    private final long invalidations;
    private final boolean ofValues;
    private Map<String, List<Entry.TagVersion>> current = Map.of();

    private BulkTags(List<Request> requests, CacheStore store, Versions versions) {
        this.requests = requests;
        this.store = store;
        this.versions = versions;
        this.ofValues = requests.stream().anyMatch(request -> request.valueTags() != null);
        this.invalidations = ofValues ? versions.invalidations() : 0;
    }

    /** Before a load. */
    static BulkTags before(List<Request> requests, CacheStore store, Versions versions) {
        BulkTags tags = new BulkTags(requests, store, versions);
        if (!tags.ofValues) {
            tags.current = tags.versions(Request::tags);
        }
        return tags;
    }

    /** Of values that are there. */
    static BulkTags of(
            List<Request> requests, Map<String, @Nullable Object> values, CacheStore store, Versions versions) {
        BulkTags tags = new BulkTags(requests, store, versions);
        tags.current = tags.versions(request -> request.tagsOf(values.get(request.key())));
        return tags;
    }

    /** After a load; false if its values may be out of date already. */
    boolean fixAfter(Map<String, @Nullable Object> values) {
        if (!ofValues) {
            return true;
        }
        current = versions(
                request -> values.containsKey(request.key()) ? request.tagsOf(values.get(request.key())) : List.of());
        return versions.invalidations() == invalidations;
    }

    private Map<String, List<Entry.TagVersion>> versions(Function<Request, Collection<String>> tags) {
        Map<String, Collection<String>> byKey = new HashMap<>();
        TreeSet<String> all = new TreeSet<>();
        for (Request request : requests) {
            Collection<String> own = tags.apply(request);
            byKey.put(request.key(), own);
            all.addAll(own);
        }
        Map<String, Entry.TagVersion> known = new HashMap<>();
        store.tags(all).forEach(tag -> known.put(tag.tag(), tag));
        Map<String, List<Entry.TagVersion>> result = new HashMap<>();
        byKey.forEach((key, own) -> result.put(
                key,
                own.stream().map(tag -> Objects.requireNonNull(known.get(tag))).toList()));
        return result;
    }

    /** The tags of a key. */
    List<Entry.TagVersion> of(String key) {
        return current.getOrDefault(key, List.of());
    }
}
