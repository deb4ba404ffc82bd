package io.redisstate.structure.id;

import io.redisstate.core.CallExecutor;
import io.redisstate.core.KeySpace;
import io.redisstate.core.Reply;
import io.redisstate.core.Script;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Ids that no process is given twice, greater as time goes on: positive longs of 41 bits of milliseconds and 22 bits that count.
 *
 * <p>A process takes blocks and spends them without asking; they double as they are used up, to at most {@code maxBlock},
 * and an old one is thrown away. So ids of one process always grow; those of different processes are in the order of time to
 * {@code maxAge}. Nearly all calls are no round trip. Time is the server's; if it goes back, ids go on from where they were.
 * A server that loses what it acknowledged (failover) may give an id again if its clock is behind the lost one's. Uses one
 * string, kept for a day. Thread-safe.
 *
 * @since 0.1
 */
public final class IdGenerator {

    /** The time of id 0: the start of 2024. */
    public static final Instant EPOCH = Instant.parse("2024-01-01T00:00:00Z");

    private static final Script<long[]> ALLOCATE = Script.load(IdGenerator.class, "allocate", Reply.LONGS);
    private static final int COUNT_BITS = 22;
    private static final Duration REMEMBERED = Duration.ofDays(1);

    private final CallExecutor calls;
    private final List<String> key;
    private final int maxBlock;
    private final long maxAgeNanos;
    private final Object block = new Object();
    private long next;
    private long end;
    private long taken;
    private long lastMillis;
    private int size = 1;

    /**
     * A generator.
     *
     * @param keys what its key is built from
     * @param maxBlock how many ids are taken at once at most, 1 to 1,000,000
     * @param maxAge how old a block gets, from 1 ms
     */
    public IdGenerator(CallExecutor calls, KeySpace keys, String name, int maxBlock, Duration maxAge) {
        if (maxBlock < 1 || maxBlock > 1_000_000 || maxAge.toMillis() < 1) {
            throw new IllegalArgumentException("The blocks of ids '" + name + "' have up to " + maxBlock + " for "
                    + maxAge + "; allowed is 1 to 1000000 for 1 ms or more");
        }
        this.calls = calls;
        this.key = List.of(keys.key(name));
        this.maxBlock = maxBlock;
        this.maxAgeNanos = maxAge.toNanos();
    }

    /** The next id. */
    public long next() {
        synchronized (block) {
            boolean old = System.nanoTime() - taken > maxAgeNanos;
            if (next == end || old) {
                allocate(old);
            }
            return next++;
        }
    }

    private void allocate(boolean old) {
        // Twice as many if they were used up in time, half as many if they were not.
        size = end == 0 ? 1 : old ? Math.max(1, size / 2) : (int) Math.min(maxBlock, 2L * size);
        long[] first = calls.execute(
                ALLOCATE.call(key, size, lastMillis, REMEMBERED.toMillis()).asRepeatable());
        lastMillis = first[0];
        next = (first[0] - EPOCH.toEpochMilli() << COUNT_BITS) + first[1];
        end = next + size;
        taken = System.nanoTime();
    }

    /** When the block of an id was taken, to the millisecond. */
    public static Instant timeOf(long id) {
        return EPOCH.plus(id >> COUNT_BITS, TimeUnit.MILLISECONDS.toChronoUnit());
    }

    /** The least id that a time can have, for ranges of ids by time. */
    public static long least(Instant time) {
        return time.toEpochMilli() - EPOCH.toEpochMilli() << COUNT_BITS;
    }
}
