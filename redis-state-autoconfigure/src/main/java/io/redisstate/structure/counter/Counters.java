package io.redisstate.structure.counter;

import io.redisstate.core.CallExecutor;
import io.redisstate.core.CallExecutor.Outcome;
import io.redisstate.core.KeySpace;
import io.redisstate.core.Reply;
import io.redisstate.core.Script;
import io.redisstate.core.ScriptCall;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A group of counters by name, and counters of other kinds in the same group.
 *
 * <p>Counts are whole numbers of 64 bits; passing the end is an error of the server. One string for each counter, spread
 * over a cluster by name; one round trip for one counter, one pipeline (on each node) for several. A change whose reply is
 * lost is not sent again. Thread-safe.
 *
 * @since 0.1
 */
public final class Counters {

    private static final Script<Long> ADD = Script.load(Counters.class, "add", Reply.LONG);
    private static final Script<Long> INCREMENT = Script.command("INCRBY", Reply.LONG);
    private static final Script<byte @Nullable []> GET = Script.command("GET", Reply.BYTES);
    private static final Script<byte @Nullable []> TAKE = Script.command("GETDEL", Reply.BYTES);
    private static final Script<Long> DELETE = Script.command("UNLINK", Reply.LONG);
    private static final int CHUNK = 1_000;

    private final CallExecutor calls;
    private final KeySpace keys;
    private final InstantSource clock;
    private final @Nullable Duration timeToLive;

    /**
     * A group of counters.
     *
     * @param keys what their keys are built from, which makes the group
     * @param clock what day it is, for {@link #uniquePerDay}
     * @param timeToLive how long a plain or sharded counter stays after its last change, from 1 ms; null for ever
     */
    public Counters(CallExecutor calls, KeySpace keys, InstantSource clock, @Nullable Duration timeToLive) {
        if (timeToLive != null && timeToLive.toMillis() < 1) {
            throw new IllegalArgumentException(
                    "The time to live of counters is " + timeToLive + "; allowed is 1 ms or more");
        }
        this.calls = calls;
        this.keys = keys;
        this.clock = clock;
        this.timeToLive = timeToLive;
    }

    /** Adds 1; returns the new count. */
    public long increment(String name) {
        return increment(name, 1);
    }

    /** Adds to a counter, or takes away; returns the new count. */
    public long increment(String name, long by) {
        return calls.execute(addition(name, by));
    }

    /** Adds to many counters in one pipeline for each 1,000; returns the new counts. */
    public Map<String, Long> incrementAll(Map<String, Long> by) {
        return forEach(by.keySet(), name -> addition(name, by.getOrDefault(name, 0L)), count -> count);
    }

    /** A count; 0 if nothing was counted. */
    public long get(String name) {
        return number(calls.execute(GET.call(List.of(keys.key(name))).asRepeatable()));
    }

    /** Many counts, in the order of the names, in one pipeline for each 1,000. */
    public Map<String, Long> getAll(Collection<String> names) {
        return forEach(names, name -> GET.call(List.of(keys.key(name))).asRepeatable(), Counters::number);
    }

    /** Ends a counter; returns its last count, which nobody else gets. */
    public long take(String name) {
        return number(calls.execute(TAKE.call(List.of(keys.key(name)))));
    }

    /** Sets a counter to 0. */
    public void reset(String name) {
        calls.execute(DELETE.call(List.of(keys.key(name))).asRepeatable());
    }

    /**
     * A counter by window of time.
     *
     * @param keep how many windows are known, the one that is now included, 1 to 10,000
     */
    public WindowedCounter windowed(String name, WindowedCounter.Window window, int keep) {
        return new WindowedCounter(calls, keys.key(name, window.keyPart()), window, keep);
    }

    /** A counter of distinct elements, by the group's time to live. */
    public UniqueCounter unique(String name) {
        return new UniqueCounter(calls, keys.key(name, "unique"), timeToLive);
    }

    /**
     * A counter of distinct elements for each day.
     *
     * @param zone where midnight is
     * @param keepDays how many days are known, today included, from 1
     */
    public DailyUniqueCounter uniquePerDay(String name, ZoneId zone, int keepDays) {
        return new DailyUniqueCounter(calls, keys, name, zone, keepDays, clock);
    }

    /**
     * A counter for more changes than one server can take: spread over several keys and so over the nodes of a cluster. Every
     * process must give the same number of shards, or more than before.
     *
     * @param shards over how many keys, 1 to 1,024
     */
    public ShardedCounter sharded(String name, int shards) {
        return new ShardedCounter(this, name, shards);
    }

    private ScriptCall<Long> addition(String name, long by) {
        List<String> key = List.of(keys.key(name));
        return timeToLive == null ? INCREMENT.call(key, by) : ADD.call(key, by, timeToLive.toMillis());
    }

    private <T extends @Nullable Object> Map<String, Long> forEach(
            Collection<String> names, Function<String, ScriptCall<T>> call, Function<T, Long> count) {
        Map<String, Long> counts = new LinkedHashMap<>();
        List<String> all = List.copyOf(names);
        for (int i = 0; i < all.size(); i += CHUNK) {
            List<String> some = all.subList(i, Math.min(all.size(), i + CHUNK));
            List<ScriptCall<T>> many = new ArrayList<>(some.size());
            some.forEach(name -> many.add(call.apply(name)));
            List<Outcome<T>> outcomes = calls.executeAll(many);
            for (int j = 0; j < some.size(); j++) {
                counts.put(some.get(j), count.apply(outcomes.get(j).get()));
            }
        }
        return counts;
    }

    private static long number(byte @Nullable [] text) {
        return text == null ? 0 : Long.parseLong(Reply.text(text));
    }
}
