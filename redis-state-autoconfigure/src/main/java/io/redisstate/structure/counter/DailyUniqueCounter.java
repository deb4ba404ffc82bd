package io.redisstate.structure.counter;

import io.redisstate.core.CallExecutor;
import io.redisstate.core.KeySpace;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;

/**
 * Counts the distinct elements of each day, as {@link UniqueCounter} does, and of several days together: daily, weekly and
 * monthly active users. Which day it is, is decided by the server's clock. One HyperLogLog for each day, all in one slot, gone
 * when the day is too old. Thread-safe.
 *
 * @since 0.1
 */
public final class DailyUniqueCounter {

    private final HyperLogLogs logs;
    private final KeySpace keys;
    private final String name;
    private final ZoneId zone;
    private final int keepDays;
    private final InstantSource clock;

    /**
     * A counter.
     *
     * @param keys what its keys are built from
     * @param zone where midnight is
     * @param keepDays how many days are known, today included, 1 to 1,000
     * @param clock what time it is
     */
    public DailyUniqueCounter(
            CallExecutor calls, KeySpace keys, String name, ZoneId zone, int keepDays, InstantSource clock) {
        if (keepDays < 1 || keepDays > 1_000) {
            throw new IllegalArgumentException(
                    "The days kept of counter '" + name + "' are " + keepDays + "; allowed is 1 to 1000");
        }
        this.logs = new HyperLogLogs(calls);
        this.keys = keys;
        this.name = name;
        this.zone = zone;
        this.keepDays = keepDays;
        this.clock = clock;
    }

    /** Counts an element today; true if that changed the estimate. */
    public boolean add(String element) {
        return addAll(List.of(element));
    }

    /** Counts elements today; true if that changed the estimate. */
    public boolean addAll(Collection<String> elements) {
        LocalDate today = today();
        long end = today.plusDays(keepDays).atStartOfDay(zone).toInstant().toEpochMilli();
        return logs.add(key(today), 0, end, elements);
    }

    /** What day it is. */
    public LocalDate today() {
        return LocalDate.ofInstant(clock.instant(), zone);
    }

    /** About how many distinct elements a day had; 0 if it is not kept. */
    public long count(LocalDate day) {
        return logs.count(List.of(key(day)));
    }

    /** About how many distinct elements the latest days had together, today included. */
    public long countLast(int days) {
        if (days < 1 || days > keepDays) {
            throw new IllegalArgumentException("Asked for " + days + " days; there are 1 to " + keepDays);
        }
        LocalDate today = today();
        return logs.count(Stream.iterate(today, day -> day.minusDays(1))
                .limit(days)
                .map(this::key)
                .toList());
    }

    /** Forgets all days. */
    public void reset() {
        LocalDate tomorrow = today().plusDays(1);
        logs.delete(Stream.iterate(tomorrow, day -> day.minusDays(1))
                .limit(keepDays + 1L)
                .map(this::key)
                .toList());
    }

    private String key(LocalDate day) {
        return keys.key(name, "unique:" + day);
    }
}
