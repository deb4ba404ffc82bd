package io.redisstate.cache.write;

import io.redisstate.cache.setting.WriteBehindSettings;
import io.redisstate.core.CallExecutor;
import io.redisstate.core.FeatureThreads;
import io.redisstate.core.JsonCodec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * The writes of one cache that are still to be made, in Redis, and those that were given up. Of the processes of the
 * application one at a time writes; the others look each second whether it is gone. Thread-safe.
 *
 * @since 0.1
 */
public final class WriteBehind {

    private static final Log LOG = LogFactory.getLog(WriteBehind.class);
    private static final int PAGE = 100;
    private static final String BEGINNING = "0";

    private final String cache;
    private final WriteBehindSettings settings;
    private final WriteQueue queue;
    private final Parts parts;
    private final FeatureThreads threads;
    private final Drain drain;
    private final LongAdder written = new LongAdder();
    private final LongAdder coalesced = new LongAdder();
    private final LongAdder failures = new LongAdder();
    private final Object lifecycle = new Object();
    private boolean started;

    /** How what lies in the queue becomes keys and values. */
    private record Parts(Function<byte[], Object> keys, Function<byte[], @Nullable Object> values) {}

    /**
     * The writes of a cache, made by its manager.
     *
     * @param values the value of an entry's bytes; throws if it can't be read
     */
    public WriteBehind(
            TypedWriter writer,
            WriteBehindSettings settings,
            CallExecutor calls,
            WriteKeys keys,
            JsonCodec json,
            Function<byte[], @Nullable Object> values,
            FeatureThreads threads) {
        this.cache = writer.cache();
        this.settings = settings;
        this.queue = new WriteQueue(calls, keys);
        this.parts = new Parts(key -> Objects.requireNonNull(json.decode(key, writer.keyType())), values);
        this.threads = threads;
        Batch batch = new Batch(writer, parts.keys(), values, settings.attempts(), failures);
        this.drain = new Drain(cache, queue, settings, batch, threads, written);
    }

    /** Begins to write what is pending, once. */
    public void start() {
        synchronized (lifecycle) {
            if (started) {
                return;
            }
            started = true;
        }
        try {
            threads.executor().execute(drain);
        } catch (RejectedExecutionException | IllegalStateException ex) {
            LOG.debug("What is pending of cache '" + cache + "' is left to others: shutting down", ex);
        }
    }

    /** Notes that a put took the place of an earlier one. */
    public void coalesced() {
        coalesced.increment();
    }

    /** How far the database is behind. */
    public WriteBehindStatistics statistics() {
        WriteQueue.Taken seen = drain.seen();
        return new WriteBehindStatistics(
                seen == null ? 0 : seen.pending(),
                seen == null ? 0 : seen.dead(),
                seen == null ? Duration.ZERO : seen.age(),
                seen != null && seen.mine(),
                written.sum(),
                coalesced.sum(),
                failures.sum());
    }

    /**
     * The writes that were given up; in no order.
     *
     * @param limit how many at most
     */
    public List<DeadWrite> deadWrites(int limit) {
        List<DeadWrite> found = new ArrayList<>();
        String cursor = BEGINNING;
        do {
            WriteQueue.Page page = queue.dead(cursor, PAGE);
            page.letters().stream()
                    .limit(limit - (long) found.size())
                    .map(this::read)
                    .forEach(found::add);
            cursor = page.cursor();
        } while (found.size() < limit && !cursor.equals(BEGINNING));
        return found;
    }

    private DeadWrite read(WriteQueue.Buried letter) {
        Object key = null;
        Object value = null;
        try {
            key = parts.keys().apply(letter.key());
            value = parts.values().apply(letter.entry());
        } catch (RuntimeException ex) {
            LOG.debug("A dead letter of cache '" + cache + "' can't be read", ex);
        }
        return new DeadWrite(key, letter.text(), value, letter.error(), letter.at());
    }

    /**
     * Has a write tried again that was given up; a later write of the same key that is pending stays as it is.
     *
     * @param keyText {@link DeadWrite#keyText()}
     * @return false if there is none
     */
    public boolean redrive(String keyText) {
        return queue.redrive(keyText);
    }

    /** Has all writes tried again that were given up; how many they are. 1 round trip for each. */
    public int redriveAll() {
        int count = 0;
        for (DeadWrite dead : deadWrites(Integer.MAX_VALUE)) {
            count += redrive(dead.keyText()) ? 1 : 0;
        }
        return count;
    }

    /** Asks it to write what is pending at once and then to end. */
    public void stop() {
        drain.stop(settings.grace());
    }

    /** Waits for that, for the grace time of the settings; what is left then stays in Redis, for the next process. */
    public void awaitEnd() {
        boolean begun;
        synchronized (lifecycle) {
            begun = started;
            started = true;
        }
        if (begun && !drain.awaitEnd()) {
            LOG.warn("Writes of cache '" + cache + "' are left in Redis for the next process");
        }
    }
}
