package io.redisstate.stream.event;

import io.redisstate.core.BlockingConnection;
import io.redisstate.core.KeySpace;
import io.redisstate.stream.StreamEntry;
import io.redisstate.stream.StreamMessage;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataAccessException;
import org.springframework.util.backoff.BackOffExecution;
import org.springframework.util.backoff.ExponentialBackOff;

/** One subscriber of an event stream: reads as much as it has asked for, on a thread of its own. */
final class EventSubscription<T> implements Flow.Subscription {

    private static final Log LOG = LogFactory.getLog(EventSubscription.class);
    private static final Duration BLOCK = Duration.ofSeconds(1);
    private static final long MOST = 200;

    private final EventParts parts;
    private final Flow.Subscriber<? super StreamMessage<T>> subscriber;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private String position;
    private long demand;
    private @Nullable Throwable misuse;
    private volatile boolean cancelled;

    EventSubscription(EventParts parts, String position, Flow.Subscriber<? super StreamMessage<T>> subscriber) {
        this.parts = parts;
        this.position = position;
        this.subscriber = subscriber;
    }

    void start() {
        Thread thread = new Thread(this::run, "redis-state-events-" + parts.name());
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void request(long count) {
        lock.lock();
        try {
            if (count <= 0) {
                misuse = new IllegalArgumentException("Requested " + count + " events; it must be at least one");
            } else {
                demand = demand + count < 0 ? Long.MAX_VALUE : demand + count;
            }
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void cancel() {
        lock.lock();
        try {
            cancelled = true;
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        subscriber.onSubscribe(this);
        BackOffExecution pauses = newPauses();
        try (BlockingConnection connection = BlockingConnection.of(parts.connections(), BLOCK)) {
            while (!cancelled) {
                List<StreamEntry> entries = List.of();
                try {
                    fixPosition();
                    long wanted = awaitDemand();
                    if (!cancelled) {
                        entries = read(connection, Math.min(wanted, MOST));
                        pauses = newPauses();
                    }
                } catch (DataAccessException ex) {
                    LOG.debug("Event stream '" + parts.name() + "' can't be read now", ex);
                    pause(pauses.nextBackOff());
                }
                deliver(entries);
            }
        } catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException | Error ex) {
            fail(ex);
        }
    }

    /** "Now" is the last event at the beginning, else those appended between two reads would be passed over. */
    private void fixPosition() {
        if (position.equals(EventStream.NOW)) {
            position = new EventStream<T>(parts).last();
        }
    }

    private long awaitDemand() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (demand == 0 && misuse == null && !cancelled) {
                changed.await();
            }
            if (misuse instanceof RuntimeException ex) {
                throw ex;
            }
            return demand;
        } finally {
            lock.unlock();
        }
    }

    private List<StreamEntry> read(BlockingConnection connection, long count) {
        Object reply = connection.execute(
                "XREAD",
                5,
                KeySpace.bytes("COUNT"),
                KeySpace.bytes(Long.toString(count)),
                KeySpace.bytes("BLOCK"),
                KeySpace.bytes(Long.toString(BLOCK.toMillis())),
                KeySpace.bytes("STREAMS"),
                KeySpace.bytes(parts.streamKey()),
                KeySpace.bytes(position));
        List<StreamEntry> entries = new ArrayList<>();
        if (reply instanceof List<?> list && !list.isEmpty()) {
            List<?> streamAndEntries = list.get(0) instanceof List<?> pair ? pair : list;
            for (Object element : (List<?>) streamAndEntries.get(1)) {
                List<?> pair = (List<?>) element;
                entries.add(new StreamEntry(
                        new String((byte[]) pair.get(0), StandardCharsets.ISO_8859_1),
                        StreamEntry.fieldsOf(pair.get(1))));
            }
        }
        return entries;
    }

    private void deliver(List<StreamEntry> entries) {
        for (StreamEntry entry : entries) {
            if (cancelled) {
                return;
            }
            StreamMessage<T> event = parts.message(entry);
            position = entry.id();
            lock.lock();
            try {
                demand = demand == Long.MAX_VALUE ? demand : demand - 1;
            } finally {
                lock.unlock();
            }
            subscriber.onNext(event);
        }
    }

    private void pause(long millis) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long left = TimeUnit.MILLISECONDS.toNanos(millis);
            while (left > 0 && !cancelled) {
                left = changed.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    private void fail(Throwable failure) {
        if (!cancelled) {
            cancelled = true;
            subscriber.onError(failure);
        }
    }

    static BackOffExecution newPauses() {
        ExponentialBackOff pauses = new ExponentialBackOff(100, 2);
        pauses.setMaxInterval(5_000);
        pauses.setJitter(50);
        return pauses.start();
    }
}
