package io.redisstate.cache;

import io.redisstate.cache.CacheCounters.Event;
import io.redisstate.cache.EntryCodec.Draft;
import io.redisstate.cache.entry.Reading;
import io.redisstate.cache.setting.CacheSettings;
import io.redisstate.core.ScriptCall;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataAccessException;

/**
 * Loads many missing values at once and stores them, unless they are changed meanwhile. Keys that somebody else is loading are
 * loaded here too, but not stored. Thread-safe.
 */
final class BulkLoads {

    private final CacheSettings settings;
    private final Wiring wiring;
    private final CacheStore store;
    private final CacheProtocol protocol;
    private final BulkReads reads;
    private final Loader loaders;
    private final CacheCounters counters;

    /** What is to be loaded, the claims that were won of it, and the cache's version of before. */
    record Missing(List<Request> requests, Map<String, String> tokens, long version) {}

    BulkLoads(
            CacheSettings settings,
            Wiring wiring,
            CacheStore store,
            BulkReads reads,
            Loader loaders,
            CacheCounters counters) {
        this.settings = settings;
        this.wiring = wiring;
        this.store = store;
        this.protocol = store.protocol();
        this.reads = reads;
        this.loaders = loaders;
        this.counters = counters;
    }

    /** Claims those that are not claimed yet; at most 1 round trip. */
    Missing claim(List<Request> requests, Map<String, Reading> readings, Map<String, String> tokens) {
        Map<String, String> all = new LinkedHashMap<>(tokens);
        try {
            long version = store.version().current(Duration.ZERO);
            List<Request> open = requests.stream()
                    .filter(request -> !tokens.containsKey(request.key()) && !store.isOutOfDate(request.key()))
                    .toList();
            if (!open.isEmpty()) {
                all.putAll(reads.claim(open, readings, UUID.randomUUID().toString()));
            }
            return new Missing(requests, all, version);
        } catch (DataAccessException ex) {
            store.failed(ex);
            return new Missing(requests, all, 0);
        }
    }

    /**
     * Loads and stores.
     *
     * @return the values by the keys' texts
     * @throws LoadFailure what the loader threw
     */
    Map<String, @Nullable Object> load(Missing missing, BulkLoader loader) {
        List<ClaimRenewal.Held> held = missing.tokens().entrySet().stream()
                .map(claim -> wiring.renewal()
                        .keep(
                                protocol.renew(claim.getKey(), claim.getValue(), ClaimRenewal.LEASE),
                                settings.loaderTimeout()))
                .toList();
        Map<String, @Nullable Object> values = null;
        try {
            BulkTags tags = BulkTags.before(missing.requests(), store, wiring.versions());
            long begun = System.nanoTime();
            values = loaders.callAll(() -> loader.load(missing.requests()));
            long nanos = System.nanoTime() - begun;
            store(missing, values, tags, nanos);
            return values;
        } catch (DataAccessException ex) {
            store.failed(ex);
            return values == null ? loaders.callAll(() -> loader.load(missing.requests())) : values;
        } finally {
            held.forEach(ClaimRenewal.Held::close);
            if (values == null) {
                release(missing);
            }
        }
    }

    /**
     * Loads those again that nobody else is loading, and stores them.
     *
     * @return the keys' texts
     * @throws LoadFailure what the loader threw
     */
    Set<String> refresh(List<Request> requests, Map<String, Reading> readings, BulkLoader loader) {
        Missing claimed = claim(requests, readings, Map.of());
        List<Request> own = requests.stream()
                .filter(request -> claimed.tokens().containsKey(request.key()))
                .toList();
        if (!own.isEmpty()) {
            counters.count(Event.REFRESH);
            var unused = load(new Missing(own, claimed.tokens(), claimed.version()), loader);
        }
        return claimed.tokens().keySet();
    }

    private void store(Missing missing, Map<String, @Nullable Object> values, BulkTags tags, long nanos) {
        boolean current = tags.fixAfter(values);
        List<ScriptCall<Long>> calls = new ArrayList<>();
        List<String> keys = new ArrayList<>();
        for (Request request : missing.requests()) {
            String token = missing.tokens().get(request.key());
            if (token == null || store.isOutOfDate(request.key())) {
                continue;
            }
            Draft draft = !current || missing.version() == 0 || !values.containsKey(request.key())
                    ? null
                    : store.codec()
                            .draft(
                                    request,
                                    values.get(request.key()),
                                    missing.version(),
                                    tags.of(request.key()),
                                    nanos);
            keys.add(request.key());
            calls.add(
                    draft == null
                            ? protocol.releasing(request.key(), token, "", Duration.ZERO)
                            : protocol.storing(request.key(), token, draft.bytes(), draft.ttl()));
        }
        if (!calls.isEmpty()) {
            counters.count(Event.PUT, reads.write(calls, keys, false));
        }
    }

    private void release(Missing missing) {
        try {
            List<ScriptCall<Long>> calls = new ArrayList<>();
            missing.tokens().forEach((key, token) -> calls.add(protocol.releasing(key, token, "", Duration.ZERO)));
            protocol.calls().executeAll(calls);
        } catch (DataAccessException ex) {
            store.failed(ex);
        }
    }
}
