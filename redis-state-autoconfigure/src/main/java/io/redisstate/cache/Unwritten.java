package io.redisstate.cache;

import io.redisstate.cache.near.Versions;
import io.redisstate.core.CallExecutor;
import io.redisstate.core.FailureKind;
import io.redisstate.core.FeatureThreads;
import io.redisstate.core.ScriptCall;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.springframework.dao.DataAccessException;

/**
 * Evictions and clears that could not be made while Redis was away. They are made as soon as it is back; until then this
 * process takes nothing from the cache that they concern. Thread-safe.
 */
final class Unwritten {

    private static final Log LOG = LogFactory.getLog(Unwritten.class);
    private static final int MOST_KEYS = 10_000;
    private static final int BATCH = 500;

    private final CallExecutor calls;
    private final FeatureThreads threads;
    private final Duration pause;
    private final Map<Id, Change> evictions = new ConcurrentHashMap<>();
    private final Map<Versions.Cell, Duration> renewals = new ConcurrentHashMap<>();
    private final AtomicBoolean scheduled = new AtomicBoolean();
    private final AtomicLong sequence = new AtomicLong();
    private volatile boolean any;

    private record Id(String cache, String key) {}

    private record Change(ScriptCall<Long> eviction, long number) {}

    Unwritten(CallExecutor calls, FeatureThreads threads, Duration pause) {
        this.calls = calls;
        this.threads = threads;
        this.pause = pause;
    }

    /** Whether what Redis holds of a key may be out of date. */
    boolean concerns(String cache, Versions.Cell version, String key) {
        return any && (renewals.containsKey(version) || evictions.containsKey(new Id(cache, key)));
    }

    /** Whether a tag's entries may be out of date. */
    boolean concerns(Versions.Cell tag) {
        return any && renewals.containsKey(tag);
    }

    /** How many changes wait. */
    int size() {
        return evictions.size() + renewals.size();
    }

    void evict(String cache, Versions.Cell version, String key, ScriptCall<Long> eviction, Duration versionLife) {
        if (evictions.size() >= MOST_KEYS) {
            renew(version, versionLife);
            return;
        }
        evictions.put(new Id(cache, key), new Change(eviction, sequence.incrementAndGet()));
        any = true;
        schedule();
    }

    void renew(Versions.Cell version, Duration life) {
        renewals.put(version, life);
        any = true;
        schedule();
    }

    /** A later change of the key has been made. */
    void done(String cache, String key) {
        if (any) {
            evictions.remove(new Id(cache, key));
        }
    }

    private void schedule() {
        if (scheduled.compareAndSet(false, true)) {
            try {
                ScheduledExecutorService ticks = threads.scheduler();
                var unused = ticks.schedule(this::tryAgain, pause.toMillis(), TimeUnit.MILLISECONDS);
            } catch (IllegalStateException ex) {
                LOG.debug("Not tried again: shutting down", ex);
            }
        }
    }

    /** Makes what it can; on the scheduler's thread. */
    void tryAgain() {
        scheduled.set(false);
        try {
            for (Map.Entry<Versions.Cell, Duration> renewal : List.copyOf(renewals.entrySet())) {
                renewal.getKey().renew(renewal.getValue());
                renewals.remove(renewal.getKey(), renewal.getValue());
            }
            while (!evictions.isEmpty() && evictBatch()) {
                LOG.debug("Evictions of before are being made");
            }
        } catch (DataAccessException ex) {
            LOG.debug("Redis is still away", ex);
        }
        if (size() > 0) {
            schedule();
        } else {
            any = false;
            if (size() > 0) {
                any = true;
                schedule();
            }
        }
    }

    /** True if all went well. */
    private boolean evictBatch() {
        List<Map.Entry<Id, Change>> batch =
                evictions.entrySet().stream().limit(BATCH).toList();
        List<CallExecutor.Outcome<Long>> outcomes = calls.executeAll(
                batch.stream().map(change -> change.getValue().eviction()).toList());
        List<RuntimeException> failures = new ArrayList<>();
        for (int i = 0; i < batch.size(); i++) {
            RuntimeException error = outcomes.get(i).error();
            if (error == null || FailureKind.of(error) == FailureKind.REFUSED) {
                evictions.remove(batch.get(i).getKey(), batch.get(i).getValue());
            }
            if (error != null) {
                failures.add(error);
            }
        }
        return failures.isEmpty();
    }
}
