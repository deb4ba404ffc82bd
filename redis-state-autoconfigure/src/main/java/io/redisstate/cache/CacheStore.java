package io.redisstate.cache;

import io.redisstate.cache.CacheCounters.Event;
import io.redisstate.cache.Reading.State;
import io.redisstate.core.CallExecutor;
import io.redisstate.core.FailureKind;
import io.redisstate.core.ScriptCall;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
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
    private final CacheSerializer serializer;
    private final ValueTypes types;
    private final EntryFormat format;
    private final Versions.Cell version;
    private final AtomicBoolean toldUnreadable = new AtomicBoolean();
    private final AtomicBoolean toldUnwritable = new AtomicBoolean();

    /** A value as it is stored. */
    record Draft(byte[] bytes, Duration ttl) {}

    CacheStore(String name, CacheSettings settings, Wiring wiring, CacheProtocol protocol, CacheCounters counters) {
        this.name = name;
        this.settings = settings;
        this.wiring = wiring;
        this.protocol = protocol;
        this.counters = counters;
        this.serializer = settings.serializer() == null ? wiring.serializer() : settings.serializer();
        this.types = new ValueTypes(serializer);
        this.format = new EntryFormat(settings);
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
            EntryFormat.Parsed parsed = format.read(data);
            Entry entry = parsed.entry();
            if (entry.cacheVersion() != current || !areTagsCurrent(entry)) {
                return Reading.missing(EntryFormat.head(data), current);
            }
            long now = wiring.clock().millis();
            State state = entry.isFresh(now) ? State.FRESH : entry.isKept(now) ? State.STALE : State.EXPIRED;
            return new Reading(state, valueOf(request.type(), parsed), entry, EntryFormat.head(data), current);
        } catch (UnreadableEntryException ex) {
            unreadable(ex);
            return Reading.missing(EntryFormat.head(data), current);
        }
    }

    private boolean areTagsCurrent(Entry entry) {
        if (entry.tags().isEmpty()) {
            return true;
        }
        Versions versions = wiring.versions();
        return entry.tags().stream().noneMatch(tag -> wiring.unwritten().concerns(versions.ofTag(tag.tag())))
                && versions.areCurrent(entry.tags());
    }

    /** Whether an entry's tags are known, without asking Redis, to be as they were. */
    boolean areTagsKnownCurrent(Entry entry) {
        return entry.tags().isEmpty() || wiring.versions().areKnownCurrent(entry.tags());
    }

    private @Nullable Object valueOf(@Nullable Type declared, EntryFormat.Parsed parsed) {
        if (parsed.entry().isNull()) {
            return null;
        }
        var type = types.forReading(declared, parsed.entry().typeName());
        try {
            return serializer.read(parsed.data(), parsed.offset(), parsed.length(), type);
        } catch (RuntimeException | StackOverflowError ex) {
            throw new UnreadableEntryException("it is no " + type.getTypeName(), ex);
        }
    }

    void unreadable(UnreadableEntryException problem) {
        counters.count(Event.UNREADABLE);
        if (toldUnreadable.compareAndSet(false, true)) {
            LOG.warn(
                    "Cache '" + name + "' holds an entry that can't be read (" + problem.getMessage()
                            + "); such entries are loaded anew. This is said once, then only counted",
                    problem.getCause());
        } else {
            LOG.debug("Unreadable entry in cache '" + name + "'", problem);
        }
    }

    /** A key of another type than ours is under the name: a miss, which a store replaces. */
    private Reading foreign(DataAccessException ex) {
        String message =
                String.valueOf(ex.getMessage()) + ex.getMostSpecificCause().getMessage();
        if (!message.contains("WRONGTYPE")) {
            return away(ex);
        }
        unreadable(new UnreadableEntryException("its key is not a string", ex));
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

    /**
     * A value as it is to be stored; null if it can't or should not be.
     *
     * @param cacheVersion as of when the load began, or now
     */
    @Nullable
    Draft draft(Request request, @Nullable Object value, long cacheVersion, List<Entry.TagVersion> tags, long nanos) {
        if (value == null && settings.nullTtl().isZero()) {
            return null;
        }
        try {
            return new Draft(bytes(request, value, cacheVersion, tags, nanos), settings.ttl(value == null));
        } catch (RuntimeException | StackOverflowError ex) {
            unwritable(ex);
            return null;
        }
    }

    /** @throws RuntimeException if the value can't be held */
    private byte[] bytes(
            Request request, @Nullable Object value, long cacheVersion, List<Entry.TagVersion> tags, long nanos) {
        ValueTypes.Written type = value == null ? null : types.forWriting(request.type(), value);
        byte[] bytes = value == null || type == null ? null : serializer.write(value, type.type());
        if (bytes != null && bytes.length > settings.maxValueSize()) {
            throw new IllegalArgumentException(
                    "a value of " + bytes.length + " bytes is larger than max-value-size, " + settings.maxValueSize());
        }
        return format.write(entry(value == null, cacheVersion, tags, nanos, type == null ? null : type.name()), bytes);
    }

    /**
     * A value as it is to be queued for being written, and stored if its time to live is not zero; null stands for a
     * deletion.
     *
     * @throws RuntimeException if the value can't be held
     */
    Draft draftOfWrite(Request request, @Nullable Object value) {
        byte[] bytes = bytes(request, value, version.current(FOR_EVER), tags(request), 0);
        boolean cached = value != null || !settings.nullTtl().isZero();
        return new Draft(bytes, cached ? settings.ttl(value == null) : Duration.ZERO);
    }

    /**
     * What is queued for being written, whatever the versions and its age.
     *
     * @throws RuntimeException if it can't be read
     */
    Reading queued(@Nullable Type type, byte[] data) {
        EntryFormat.Parsed parsed = format.read(data);
        return new Reading(State.FRESH, valueOf(type, parsed), null, null, 0);
    }

    private Entry entry(
            boolean isNull, long cacheVersion, List<Entry.TagVersion> tags, long nanos, @Nullable String typeName) {
        double share = 1 - settings.jitter() * ThreadLocalRandom.current().nextDouble();
        Duration fresh = isNull ? settings.nullTtl() : settings.fresh();
        Duration keep = isNull ? settings.nullTtl() : settings.keep();
        long now = wiring.clock().millis();
        return new Entry(
                cacheVersion,
                now,
                now + Math.max(1, (long) (fresh.toMillis() * share)),
                now + Math.max(1, (long) (keep.toMillis() * share)),
                (int) Math.min(Integer.MAX_VALUE, nanos / 1_000),
                tags,
                isNull,
                typeName);
    }

    private void unwritable(Throwable problem) {
        counters.count(Event.UNWRITABLE);
        if (toldUnwritable.compareAndSet(false, true)) {
            LOG.error(
                    "Cache '" + name + "' can't hold a value, which is loaded each time: " + problem.getMessage()
                            + ". This is said once, then only counted",
                    problem);
        }
    }

    /** Versions of a request's tags. */
    List<Entry.TagVersion> tags(Request request) {
        return request.tags().isEmpty() ? List.of() : wiring.versions().ofTags(request.tags(), settings.ttl(false));
    }

    /** Stores a value whatever is there; if that is not possible, what is there is removed, now or later. */
    void put(Request request, @Nullable Object value) {
        try {
            Draft draft = draft(request, value, version.current(FOR_EVER), tags(request), 0);
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
            Draft draft = draft(request, value, current, tags(request), 0);
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
