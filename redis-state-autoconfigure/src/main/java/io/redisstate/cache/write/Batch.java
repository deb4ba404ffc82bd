package io.redisstate.cache.write;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * Gives the writer what is pending: all at once and, if that fails for another reason than that the database is away, one
 * after the other, to find those that it refuses. For one thread.
 */
final class Batch {

    private static final Log LOG = LogFactory.getLog(Batch.class);

    private final TypedWriter writer;
    private final Function<byte[], Object> keys;
    private final Function<byte[], @Nullable Object> values;
    private final int attempts;
    private final Map<String, Integer> failed = new HashMap<>();
    private final LongAdder failures;

    /**
     * What became of some writes.
     *
     * @param written those that are done
     * @param refused those to give up, with what was thrown
     * @param failure what to wait for before going on, if anything failed
     */
    record Result(List<PendingWrite> written, Map<PendingWrite, Throwable> refused, @Nullable Throwable failure) {}

    private record Change(PendingWrite write, Object key, @Nullable Object value) {}

    Batch(
            TypedWriter writer,
            Function<byte[], Object> keys,
            Function<byte[], @Nullable Object> values,
            int attempts,
            LongAdder failures) {
        this.writer = writer;
        this.keys = keys;
        this.values = values;
        this.attempts = attempts;
        this.failures = failures;
    }

    /**
     * Writes what can be written.
     *
     * @param held whether it is still this process's to write
     */
    Result write(List<PendingWrite> writes, Supplier<Boolean> held) {
        Map<PendingWrite, Throwable> refused = new LinkedHashMap<>();
        List<Change> changes = new ArrayList<>(writes.size());
        for (PendingWrite write : writes) {
            try {
                changes.add(new Change(write, keys.apply(write.key()), values.apply(write.entry())));
            } catch (RuntimeException ex) {
                refused.put(write, ex);
            }
        }
        if (!held.get()) {
            // Reading them took too long: another process may be writing them already, or later ones.
            return new Result(List.of(), refused, null);
        }
        Throwable failure = tryAll(changes);
        if (failure == null) {
            changes.forEach(change -> failed.remove(change.write().text()));
            return new Result(written(changes), refused, null);
        }
        if (StoreAway.isSaidBy(failure)) {
            return new Result(List.of(), refused, failure);
        }
        return oneByOne(changes, refused, failure, held);
    }

    private Result oneByOne(
            List<Change> changes, Map<PendingWrite, Throwable> refused, Throwable failure, Supplier<Boolean> held) {
        List<Change> done = new ArrayList<>();
        Map<Change, Throwable> alone = new LinkedHashMap<>();
        for (Change change : changes) {
            Throwable own = !held.get() ? null : changes.size() == 1 ? failure : tryAll(List.of(change));
            if (own == null && held.get()) {
                done.add(change);
            } else if (own != null) {
                alone.put(change, own);
            }
            if (own != null && StoreAway.isSaidBy(own)) {
                return new Result(written(done), refused, own);
            }
        }
        // Where nothing at all succeeds, what is written is hardly to blame.
        if (!done.isEmpty() || changes.size() == 1) {
            alone.forEach((change, own) -> {
                if (failed.merge(change.write().text(), 1, Integer::sum) >= attempts) {
                    refused.put(change.write(), own);
                }
            });
        }
        done.forEach(change -> failed.remove(change.write().text()));
        refused.keySet().forEach(write -> failed.remove(write.text()));
        return new Result(written(done), refused, failure);
    }

    private @Nullable Throwable tryAll(List<Change> changes) {
        Map<Object, Object> puts = new LinkedHashMap<>();
        List<Object> deletions = new ArrayList<>();
        for (Change change : changes) {
            if (change.value() == null) {
                deletions.add(change.key());
            } else {
                puts.put(change.key(), change.value());
            }
        }
        try {
            writer.writeAll(puts);
            writer.deleteAll(deletions);
            return null;
        } catch (RuntimeException | Error ex) {
            // An error ends neither the thread nor the writing of the others.
            failures.increment();
            LOG.debug("The CacheWriter of cache '" + writer.cache() + "' failed", ex);
            return ex;
        }
    }

    private static List<PendingWrite> written(List<Change> changes) {
        return changes.stream().map(Change::write).toList();
    }
}
