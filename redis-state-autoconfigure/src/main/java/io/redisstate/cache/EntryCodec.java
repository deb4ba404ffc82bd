package io.redisstate.cache;

import io.redisstate.cache.CacheCounters.Event;
import io.redisstate.cache.entry.CacheSerializer;
import io.redisstate.cache.entry.Entry;
import io.redisstate.cache.entry.EntryFormat;
import io.redisstate.cache.entry.Reading;
import io.redisstate.cache.entry.UnreadableEntryException;
import io.redisstate.cache.entry.ValueTypes;
import io.redisstate.cache.setting.CacheSettings;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/** One cache's values to entries and back; what can't be read or written is counted, and told once. Thread-safe. */
final class EntryCodec {

    private static final Log LOG = LogFactory.getLog(EntryCodec.class);

    private final String name;
    private final CacheSettings settings;
    private final Wiring wiring;
    private final CacheCounters counters;
    private final CacheSerializer serializer;
    private final ValueTypes types;
    private final EntryFormat format;
    private final AtomicBoolean toldUnreadable = new AtomicBoolean();
    private final AtomicBoolean toldUnwritable = new AtomicBoolean();

    /** A value as it is stored. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Draft(byte[] bytes, Duration ttl) {}

    EntryCodec(String name, CacheSettings settings, Wiring wiring, CacheCounters counters) {
        this.name = name;
        this.settings = settings;
        this.wiring = wiring;
        this.counters = counters;
        this.serializer = settings.serializer() == null ? wiring.serializer() : settings.serializer();
        this.types = new ValueTypes(serializer);
        this.format = new EntryFormat(settings.compression(), settings.compressAbove(), settings.maxValueSize());
    }

    /** @throws UnreadableEntryException if these bytes are no entry */
    EntryFormat.Parsed open(byte[] data) {
        return format.read(data);
    }

    /** @throws UnreadableEntryException if the entry holds something else */
    @Nullable
    Object value(@Nullable Type declared, EntryFormat.Parsed parsed) {
        if (parsed.entry().isNull()) {
            return null;
        }
        Type type = types.forReading(declared, parsed.entry().typeName());
        try {
            return serializer.read(parsed.data(), parsed.offset(), parsed.length(), type);
        } catch (RuntimeException | StackOverflowError ex) {
            throw new UnreadableEntryException("it is no " + type.getTypeName(), ex);
        }
    }

    /**
     * What is queued for being written, whatever the versions and its age.
     *
     * @throws UnreadableEntryException if it can't be read
     */
    Reading queued(@Nullable Type type, byte[] data) {
        return new Reading(Reading.State.FRESH, value(type, open(data)), null, null, 0);
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
            ValueTypes.Written type = value == null ? null : types.forWriting(request.type(), value);
            return new Draft(bytes(type, value, cacheVersion, tags, nanos), settings.ttl(value == null));
        } catch (RuntimeException | StackOverflowError ex) {
            unwritable(ex);
            return null;
        }
    }

    /**
     * A value as it is to be queued for being written, and stored if its time to live is not zero; null stands for a
     * deletion.
     *
     * @throws RuntimeException if the value can't be held
     */
    Draft draftOfWrite(@Nullable Object value, long cacheVersion, List<Entry.TagVersion> tags) {
        // As the process that gives it to the writer will read it, which may be another.
        ValueTypes.Written type = value == null ? null : types.forWritingToAll(settings.type(), value);
        byte[] bytes = bytes(type, value, cacheVersion, tags, 0);
        boolean cached = value != null || !settings.nullTtl().isZero();
        return new Draft(bytes, cached ? settings.ttl(value == null) : Duration.ZERO);
    }

    private byte[] bytes(
            ValueTypes.@Nullable Written type,
            @Nullable Object value,
            long cacheVersion,
            List<Entry.TagVersion> tags,
            long nanos) {
        byte[] bytes = value == null || type == null ? null : serializer.write(value, type.type());
        if (bytes != null && bytes.length > settings.maxValueSize()) {
            throw new IllegalArgumentException(
                    "a value of " + bytes.length + " bytes is larger than max-value-size, " + settings.maxValueSize());
        }
        return format.write(entry(value == null, cacheVersion, tags, nanos, type == null ? null : type.name()), bytes);
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
}
