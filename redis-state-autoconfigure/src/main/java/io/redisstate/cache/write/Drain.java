package io.redisstate.cache.write;

import io.redisstate.cache.setting.WriteBehindSettings;
import io.redisstate.core.FeatureThreads;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataAccessException;

/**
 * Empties one cache's queue of writes, if this process is the one to do so; otherwise stands by. Runs on a thread of its own
 * until it is stopped, and then until the queue is empty or its time is over.
 */
final class Drain implements Runnable {

    private static final Log LOG = LogFactory.getLog(Drain.class);

    /** How often who does not write looks whether it should, and who writes whether there is something. */
    private static final Duration LOOK = Duration.ofSeconds(1);

    private static final Duration SHORTEST_LOOK = Duration.ofMillis(50);

    private final String owner = UUID.randomUUID().toString();
    private final String cache;
    private final WriteQueue queue;
    private final WriteBehindSettings settings;
    private final Batch batch;
    private final FeatureThreads threads;
    private final LongAdder written;
    private final Semaphore news = new Semaphore(0);
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile boolean stopping;
    private volatile long deadline;
    private volatile long leaseEnd;
    private volatile WriteQueue.@Nullable Taken seen;
    private int failedRounds;
    private boolean redisIsAway;

    Drain(
            String cache,
            WriteQueue queue,
            WriteBehindSettings settings,
            Batch batch,
            FeatureThreads threads,
            LongAdder written) {
        this.cache = cache;
        this.queue = queue;
        this.settings = settings;
        this.batch = batch;
        this.threads = threads;
        this.written = written;
    }

    /** The queue at the last look, if there was one. */
    WriteQueue.@Nullable Taken seen() {
        return seen;
    }

    /** Asks it to end once the queue is empty, or after a while. */
    void stop(Duration grace) {
        deadline = System.nanoTime() + grace.toNanos();
        stopping = true;
        news.release();
    }

    /** Waits for its end; false if it takes longer than it should. */
    boolean awaitEnd() {
        try {
            long left = deadline - System.nanoTime() + LOOK.toNanos();
            return ended.await(Math.max(left, 0), TimeUnit.NANOSECONDS);
        } catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    @Override
    public void run() {
        try {
            boolean more = true;
            while (more
                    && !Thread.currentThread().isInterrupted()
                    && !(stopping && deadline - System.nanoTime() <= 0)) {
                more = round();
            }
        } finally {
            giveBack();
            ended.countDown();
        }
    }

    /** False if there is nothing left to do before the end. */
    private boolean round() {
        try {
            WriteQueue.Taken taken = take(settings.batchSize());
            redisIsAway = false;
            if (!taken.mine() || taken.writes().isEmpty()) {
                if (stopping && (!taken.mine() || taken.pending() == 0)) {
                    return false;
                }
                pause(stopping ? SHORTEST_LOOK : taken.mine() ? look() : LOOK);
                return true;
            }
            write(taken.writes());
        } catch (DataAccessException ex) {
            away(ex);
        } catch (RuntimeException | Error ex) {
            // Whatever it is: without this thread nothing would be written any more, and nobody would be told.
            failed(ex);
        }
        return true;
    }

    private Duration look() {
        Duration half = settings.delay().dividedBy(2);
        return half.compareTo(LOOK) > 0 ? LOOK : half.compareTo(SHORTEST_LOOK) < 0 ? SHORTEST_LOOK : half;
    }

    private WriteQueue.Taken take(int size) {
        long asked = System.nanoTime();
        WriteQueue.Taken taken = queue.take(owner, settings.lease(), size, stopping ? Duration.ZERO : settings.delay());
        leaseEnd = taken.mine() ? asked + settings.lease().toNanos() : asked;
        seen = taken;
        return taken;
    }

    private boolean isHeld() {
        return leaseEnd - System.nanoTime() > 0;
    }

    private void write(List<PendingWrite> writes) {
        long tick = settings.lease().toMillis() / 3;
        ScheduledFuture<?> renewal =
                threads.scheduler().scheduleAtFixedRate(this::renew, tick, tick, TimeUnit.MILLISECONDS);
        Batch.Result result;
        try {
            result = batch.write(writes, this::isHeld);
        } finally {
            renewal.cancel(false);
        }
        settle(result);
        if (result.failure() == null) {
            failedRounds = 0;
        } else {
            failed(result.failure());
        }
    }

    private void renew() {
        try {
            if (isHeld()) {
                take(0);
            }
        } catch (RuntimeException ex) {
            LOG.debug("The lease on the writes of cache '" + cache + "' was not renewed", ex);
        }
    }

    private void settle(Batch.Result result) {
        if (!result.written().isEmpty() && queue.done(owner, result.written())) {
            written.add(result.written().size());
        }
        for (Map.Entry<PendingWrite, Throwable> refused : result.refused().entrySet()) {
            PendingWrite write = refused.getKey();
            LOG.error(
                    "The value of '" + write.text() + "' can't be written by the CacheWriter of cache '" + cache
                            + "'; it is among the dead letters",
                    refused.getValue());
            if (!queue.bury(owner, write, String.valueOf(refused.getValue()))) {
                return;
            }
        }
    }

    private void failed(Throwable failure) {
        failedRounds++;
        String message = "Writes of cache '" + cache + "' failed " + failedRounds
                + " times in a row; they are kept and tried again";
        if (failedRounds == 1) {
            LOG.warn(message, failure);
        } else {
            LOG.debug(message, failure);
        }
        long millis = settings.backoff().toMillis() << Math.min(failedRounds - 1, 20);
        pause(Duration.ofMillis(Math.min(millis, settings.maxBackoff().toMillis())));
    }

    private void away(DataAccessException ex) {
        if (!redisIsAway) {
            redisIsAway = true;
            LOG.warn("Redis does not give the writes of cache '" + cache + "'; tried again: " + ex);
        }
        pause(LOOK);
    }

    private void pause(Duration time) {
        try {
            long limit =
                    stopping ? Math.min(time.toNanos(), Math.max(0, deadline - System.nanoTime())) : time.toNanos();
            if (news.tryAcquire(limit, TimeUnit.NANOSECONDS)) {
                news.drainPermits();
            }
        } catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
        }
    }

    private void giveBack() {
        try {
            if (isHeld()) {
                queue.release(owner);
            }
        } catch (RuntimeException ex) {
            LOG.debug("The lease on the writes of cache '" + cache + "' ends by itself", ex);
        }
    }
}
