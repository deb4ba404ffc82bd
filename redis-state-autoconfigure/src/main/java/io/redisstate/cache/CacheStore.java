package io.redisstate.cache;

import io.redisstate.cache.CacheCounters.Event;
import io.redisstate.cache.EntryCodec.Draft;
import io.redisstate.cache.entry.Entry;
import io.redisstate.cache.entry.EntryFormat;
import io.redisstate.cache.entry.Reading;
import io.redisstate.cache.entry.Reading.State;
import io.redisstate.cache.entry.UnreadableEntryException;
import io.redisstate.cache.near.Versions;
import io.redisstate.cache.setting.CacheSettings;
import io.redisstate.core.CallExecutor;
import io.redisstate.core.FailureKind;
import io.redisstate.core.ScriptCall;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataAccessException;

/** One cache's entries in Redis: reads and writes them, and never fails for the sake of Redis. Thread-safe. */
final class CacheStore {

    private static final Log LOG = LogFactory.getLog(CacheStore.class);
    private static final Duration FOR_EVER = Duration.ZERO;

    private final String name;
    private final CacheSettings settings;
    private final Wiring wiring;
    private final CacheProtocol protocol;
    private final CacheCounters counters;
    private final EntryCodec codec;
    private final Versions.Cell version;

    CacheStore(String name, CacheSettings settings, Wiring wiring, CacheProtocol protocol, CacheCounters counters) {
        this.name = name;
        this.settings = settings;
        this.wiring = wiring;
        this.protocol = protocol;
        this.counters = counters;
        this.codec = new EntryCodec(name, settings, wiring, counters);
        this.version = wiring.versions().ofCache(name);
    }

    String name() {
        return name;
    }

    Versions.Cell version() {
        return version;
    }

    CacheProtocol protocol() {
        return protocol;
    }

    EntryCodec codec() {
        return codec;
    }

    /** Looks a key up: one GET; while versions are not known locally, a second one in the same round trip. */
    Reading read(Request request) {
        if (isOutOfDate(request.key())) {
            return Reading.away();
        }
        try {
            long known = version.known();
            return known == 0
                    ? readWithVersion(request)
                    : parsed(request, protocol.calls().execute(protocol.get(request.key())), known);
        } catch (DataAccessException ex) {
            return FailureKind.of(ex) == FailureKind.REFUSED ? foreign(ex) : away(ex);
        }
    }

    /** Whether an eviction of the key could not be made yet. */
    boolean isOutOfDate(String key) {
        return wiring.unwritten().concerns(name, version, key);
    }

    private Reading readWithVersion(Request request) {
        long since = version.changes();
        List<ScriptCall<byte @Nullable []>> calls = new ArrayList<>(2);
        calls.add(protocol.get(request.key()));
        calls.add(version.get());
        List<CallExecutor.Outcome<byte @Nullable []>> both = protocol.calls().executeAll(calls);
        long current = Versions.parse(both.get(1).get());
        if (current == 0) {
            return Reading.missing(headOf(both.get(0).get()), version.current(FOR_EVER));
        }
        version.learn(current, since);
        return parsed(request, both.get(0).get(), current);
    }

    private static byte @Nullable [] headOf(byte @Nullable [] data) {
        return data == null ? null : EntryFormat.head(data);
    }

    /** What some bytes under the key are good for. */
    Reading parsed(Request request, byte @Nullable [] data, long current) {
        if (data == null) {
            return Reading.missing(null, current);
        }
        try {
            EntryFormat.Parsed parsed = codec.open(data);
            Entry entry = parsed.entry();
            if (entry.cacheVersion() != current || !areTagsCurrent(entry)) {
                return Reading.missing(EntryFormat.head(data), current);
            }
            long now = wiring.clock().millis();
            State state = entry.isFresh(now) ? State.FRESH : entry.isKept(now) ? State.STALE : State.EXPIRED;
            return new Reading(state, codec.value(request.type(), parsed), entry, EntryFormat.head(data), current);
        } catch (UnreadableEntryException ex) {
            codec.unreadable(ex);
            return Reading.missing(EntryFormat.head(data), current);
        }
    }

    private boolean areTagsCurrent(Entry entry) {
        if (entry.tags().isEmpty()) {
            return true;
        }
        return noneIsOutOfDate(entry.tags()) && wiring.versions().areCurrent(entry.tags());
    }

    /** Whether all invalidations of some tags could be made. */
    private boolean noneIsOutOfDate(List<Entry.TagVersion> tags) {
        Versions versions = wiring.versions();
        return tags.stream().noneMatch(tag -> wiring.unwritten().concerns(versions.ofTag(tag.tag())));
    }

    /** Whether what a load began with still holds; at most 2 round trips, while versions are known locally none. */
    boolean isCurrent(String key, long begunWith, List<Entry.TagVersion> tags) {
        if (isOutOfDate(key) || !noneIsOutOfDate(tags)) {
            return false;
        }
        try {
            return version.current(FOR_EVER) == begunWith && wiring.versions().areCurrent(tags);
        } catch (DataAccessException ex) {
            failed(ex);
            return true;
        }
    }

    /** As {@link #isCurrent}, as far as is known without asking Redis. */
    boolean isKnownOutOfDate(String key, long begunWith, List<Entry.TagVersion> tags) {
        long known = version.known();
        return (known != 0 && known != begunWith)
                || isOutOfDate(key)
                || !noneIsOutOfDate(tags)
                || wiring.versions().isAnyKnownChanged(tags);
    }

    /** Whether an entry's tags are known, without asking Redis, to be as they were. */
    boolean areTagsKnownCurrent(Entry entry) {
        return entry.tags().isEmpty()
                || (noneIsOutOfDate(entry.tags()) && wiring.versions().areKnownCurrent(entry.tags()));
    }

    /** A key of another type than ours is under the name: a miss, which a store replaces. */
    private Reading foreign(DataAccessException ex) {
        String message =
                String.valueOf(ex.getMessage()) + ex.getMostSpecificCause().getMessage();
        if (!message.contains("WRONGTYPE")) {
            return away(ex);
        }
        codec.unreadable(new UnreadableEntryException("its key is not a string", ex));
        try {
            return Reading.missing(null, version.current(FOR_EVER));
        } catch (DataAccessException away) {
            return away(away);
        }
    }

    private Reading away(DataAccessException ex) {
        failed(ex);
        return Reading.away();
    }

    void failed(DataAccessException ex) {
        counters.count(Event.FAILURE);
        LOG.debug("Redis did not serve cache '" + name + "'", ex);
    }

    /** Versions of a value's tags; at most 1 round trip. */
    List<Entry.TagVersion> tags(Collection<String> tags) {
        return tags.isEmpty() ? List.of() : wiring.versions().ofTags(tags, settings.ttl(false));
    }

    /** Stores a value whatever is there; if that is not possible, what is there is removed, now or later. */
    void put(Request request, @Nullable Object value) {
        try {
            Draft draft = codec.draft(request, value, version.current(FOR_EVER), tags(request.tagsOf(value)), 0);
            if (draft == null) {
                evict(request.key());
                return;
            }
            protocol.calls().execute(protocol.put(request.key(), draft.bytes(), draft.ttl()));
            wiring.unwritten().done(name, request.key());
            counters.count(Event.PUT);
        } catch (DataAccessException ex) {
            failed(ex);
            evict(request.key());
        }
    }

    /** Stores a value if there is none; gives the one there is, else null. */
    @Nullable
    Reading putIfAbsent(Request request, @Nullable Object value) {
        if (isOutOfDate(request.key())) {
            put(request, value);
            return null;
        }
        try {
            byte[] seen = null;
            long current = version.current(FOR_EVER);
            Draft draft = codec.draft(request, value, current, tags(request.tagsOf(value)), 0);
            while (draft != null) {
                byte[] present = protocol.putIfAbsent(request.key(), draft.bytes(), draft.ttl(), seen);
                if (present == null) {
                    counters.count(Event.PUT);
                    return null;
                }
                Reading reading = parsed(request, present, current);
                if (reading.state() == State.FRESH) {
                    return reading;
                }
                seen = reading.seen();
            }
        } catch (DataAccessException ex) {
            failed(ex);
        }
        return null;
    }

    /** Removes an entry; if Redis is away, later. True if there was one. */
    boolean evict(String key) {
        counters.count(Event.EVICTION);
        ScriptCall<Long> eviction = protocol.evict(key);
        try {
            boolean existed = protocol.calls().execute(eviction) > 0;
            wiring.unwritten().done(name, key);
            return existed;
        } catch (DataAccessException ex) {
            failed(ex);
            wiring.unwritten().evict(name, version, key, eviction, FOR_EVER);
            return false;
        }
    }

    /** Invalidates all entries. */
    void clear() {
        try {
            version.renew(FOR_EVER);
        } catch (DataAccessException ex) {
            failed(ex);
            wiring.unwritten().renew(version, FOR_EVER);
        }
    }
}
