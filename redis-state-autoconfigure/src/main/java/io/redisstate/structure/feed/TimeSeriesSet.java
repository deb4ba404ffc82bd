package io.redisstate.structure.feed;

import io.redisstate.core.CallExecutor;
import io.redisstate.core.JsonCodec;
import io.redisstate.core.KeySpace;
import io.redisstate.core.Reply;
import io.redisstate.core.Script;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Events by time: of a window, the latest, how many; trimmed by age and number.
 *
 * <p>Equal events are kept apart. Times are to the microsecond; events of the same one come in no certain order. Each operation
 * is one round trip, for many events one for each 1,000. Uses one sorted set. Thread-safe.
 *
 * @param <T> an event, as JSON
 * @since 0.1
 */
public final class TimeSeriesSet<T> {

    private static final Script<Long> ADD = Script.load(TimeSeriesSet.class, "event-add", Reply.LONG);
    private static final Script<List<@Nullable Object>> READ =
            Script.load(TimeSeriesSet.class, "event-read", Reply.LIST);
    private static final Script<Long> TRIM = Script.command("ZREMRANGEBYSCORE", Reply.LONG);
    private static final Script<Long> UNLINK = Script.command("UNLINK", Reply.LONG);
    private static final int ID_LENGTH = 36;
    private static final int CHUNK = 1_000;

    private final CallExecutor calls;
    private final List<String> key;
    private final JsonCodec codec;
    private final Type type;
    private final long retentionMicros;
    private final long maxSize;

    /**
     * A series of events.
     *
     * @param keys what its key is built from
     * @param type what a reader gets, generic types included
     * @param retention how old events get, from 1 ms; null for ever
     * @param maxSize how many events are kept, the latest ones, from 1; 0 all
     */
    public TimeSeriesSet(
            CallExecutor calls,
            KeySpace keys,
            String name,
            JsonCodec codec,
            Type type,
            @Nullable Duration retention,
            long maxSize) {
        if ((retention != null && retention.toMillis() < 1) || maxSize < 0) {
            throw new IllegalArgumentException("The series '" + name + "' is to keep " + maxSize + " events for "
                    + retention + "; allowed is 1 or more (0 for all) for 1 ms or more (null for ever)");
        }
        this.calls = calls;
        this.key = List.of(keys.key(name));
        this.codec = codec;
        this.type = type;
        this.retentionMicros = retention == null ? 0 : retention.toNanos() / 1_000;
        this.maxSize = maxSize;
    }

    /** Adds an event of now, by the server's clock; returns when that is. */
    public Instant add(T event) {
        return time(calls.execute(
                ADD.call(key, retentionMicros, maxSize, "", member(event)).asRepeatable()));
    }

    /** Adds an event of some time. */
    public void add(Instant time, T event) {
        addAll(List.of(new TimedEvent<>(time, event)));
    }

    /** Adds events. */
    public void addAll(List<TimedEvent<T>> events) {
        for (int i = 0; i < events.size(); i += CHUNK) {
            List<Object> arguments = new ArrayList<>(List.of(retentionMicros, maxSize));
            for (TimedEvent<T> event : events.subList(i, Math.min(events.size(), i + CHUNK))) {
                arguments.add(micros(event.time()));
                arguments.add(member(event.event()));
            }
            calls.execute(ADD.call(key, arguments.toArray()).asRepeatable());
        }
    }

    /**
     * Events of a window, the oldest first.
     *
     * @param from the first time
     * @param to the time after the last
     * @param offset how many to leave out
     * @param count how many at most, 1 to 10,000
     */
    public List<TimedEvent<T>> between(Instant from, Instant to, long offset, int count) {
        return events(read(String.valueOf(micros(from)), String.valueOf(micros(to)), checked(count), offset, 0));
    }

    /** The latest events, the latest first; 1 to 10,000. */
    public List<TimedEvent<T>> latest(int count) {
        return events(read("-inf", "+inf", checked(count), 0, 1));
    }

    /** Events of the last time by the server's clock, and of any later one, the oldest first; at most {@code count}. */
    public List<TimedEvent<T>> last(Duration time, int count) {
        return events(read("ago " + time.toNanos() / 1_000, "+inf", checked(count), 0, 0));
    }

    /** How many events a window has; see {@link #between}. */
    public long countBetween(Instant from, Instant to) {
        return number(read(String.valueOf(micros(from)), String.valueOf(micros(to)), 0, 0, 0));
    }

    /** How many events there are of the last time by the server's clock, and of any later one. */
    public long countLast(Duration time) {
        return number(read("ago " + time.toNanos() / 1_000, "+inf", 0, 0, 0));
    }

    /** How many events there are. */
    public long size() {
        return number(read("-inf", "+inf", 0, 0, 0));
    }

    /** Forgets the events before a time; returns how many. */
    public long trimBefore(Instant time) {
        return calls.execute(TRIM.call(key, "-inf", "(" + micros(time)).asRepeatable());
    }

    /** Forgets all events. */
    public void clear() {
        calls.execute(UNLINK.call(key).asRepeatable());
    }

    private List<@Nullable Object> read(String from, String to, int count, long offset, int latestFirst) {
        return calls.execute(READ.call(key, retentionMicros, from, to, count, offset, latestFirst)
                .asRepeatable());
    }

    @SuppressWarnings("unchecked")
    private List<TimedEvent<T>> events(List<@Nullable Object> reply) {
        List<TimedEvent<T>> events = new ArrayList<>();
        for (int i = 0; i < reply.size(); i += 2) {
            byte[] member = (byte[]) Objects.requireNonNull(reply.get(i));
            byte[] json = Arrays.copyOfRange(member, ID_LENGTH, member.length);
            double micros = Double.parseDouble(Objects.requireNonNull(Reply.text(reply.get(i + 1))));
            events.add(new TimedEvent<>(time((long) micros), (T) Objects.requireNonNull(codec.decode(json, type))));
        }
        return events;
    }

    /** The id keeps equal events apart, and makes it harmless to send one again. */
    private byte[] member(T event) {
        byte[] id = UUID.randomUUID().toString().getBytes(StandardCharsets.US_ASCII);
        byte[] json = codec.encode(event);
        byte[] member = Arrays.copyOf(id, ID_LENGTH + json.length);
        System.arraycopy(json, 0, member, ID_LENGTH, json.length);
        return member;
    }

    private static int checked(int count) {
        if (count < 1 || count > 10_000) {
            throw new IllegalArgumentException("Asked for " + count + " events; allowed is 1 to 10000");
        }
        return count;
    }

    private static long number(List<@Nullable Object> reply) {
        return (Long) Objects.requireNonNull(reply.get(0));
    }

    private static long micros(Instant time) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, time);
    }

    private static Instant time(long micros) {
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
    }
}
