package io.redisstate.stream.container;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

/**
 * Tells Redis what became of what was read. What can't be told now is kept, as work in flight, and told when Redis is
 * back. Thread-safe.
 */
abstract class Settlement {

    private static final Log LOG = LogFactory.getLog(Settlement.class);

    private static final int MOST_FAILURES = 3;

    private final ContainerOptions options;
    private final Counters counters;
    private final AtomicInteger inFlight;
    private final Set<Batch> open = ConcurrentHashMap.newKeySet();
    private final Set<Delivery> suspects = ConcurrentHashMap.newKeySet();
    private final Queue<Runnable> untold = new ConcurrentLinkedQueue<>();

    Settlement(ContainerOptions options, Counters counters) {
        this.options = options;
        this.counters = counters;
        this.inFlight = counters.inFlight;
    }

    /** It has been handled, or need not be. */
    abstract void done(Delivery delivery);

    /** It failed and is to be tried again. What comes after it in order waits from now on. */
    abstract void retry(Delivery delivery, Duration delay);

    /** It is not this consumer's business any more; Redis is not told. */
    abstract void drop(Delivery delivery);

    /** As {@link #drop}, of one that a worker has been given and has not begun. */
    abstract void dropGiven(Delivery delivery);

    /** Moves it to the dead letters; false if it is another's. */
    abstract boolean moveToDeadLetters(Delivery delivery, List<byte[]> fields);

    /** It has ended, and its dead letter may be told later. */
    abstract void buried(Delivery delivery);

    /** It may take another suspect. */
    abstract void suspectEnded();

    /** There is room for more. */
    abstract void roomMade();

    /** It is given up. */
    final void bury(Delivery delivery, Throwable failure) {
        List<byte[]> fields = DeadLetterFields.of(options, delivery.entry(), delivery.count(), failure);
        if (!delivery.takeOpen()) {
            return;
        }
        boolean unused = tell(() -> {
            if (moveToDeadLetters(delivery, fields)) {
                counters.deadLettered.increment();
            } else {
                counters.takenAway.increment();
            }
            settled(List.of(delivery));
        });
        buried(delivery);
    }

    final void opened(Batch batch) {
        inFlight.addAndGet(batch.deliveries().size());
        open.add(batch);
        batch.deliveries().stream().filter(Delivery::isSuspect).forEach(suspects::add);
    }

    final Collection<Batch> open() {
        return open;
    }

    /** Whether it has no suspect in work but these. */
    final boolean mayTakeSuspect(Collection<Delivery> but) {
        return suspects.isEmpty() || but.containsAll(suspects);
    }

    /** The ids of all of which Redis has not been told. */
    final Collection<String> working() {
        List<String> ids = new ArrayList<>();
        for (Batch batch : open) {
            for (Delivery delivery : batch.deliveries()) {
                if (!delivery.isTold()) {
                    ids.add(delivery.id());
                }
            }
        }
        return ids;
    }

    /** Of one batch; all that is to be told of them has been. */
    final void settled(List<Delivery> deliveries) {
        deliveries.forEach(Delivery::markTold);
        if (suspects.removeAll(deliveries)) {
            suspectEnded();
        }
        Batch batch = deliveries.get(0).batch();
        if (batch.settled(deliveries.size())) {
            open.remove(batch);
        }
        inFlight.addAndGet(-deliveries.size());
        roomMade();
    }

    final boolean tell(Runnable call) {
        try {
            call.run();
            return true;
        } catch (RuntimeException | Error ex) {
            LOG.debug("Stream listener '" + options.id() + "' can't settle messages now; it will", ex);
            untold.add(call);
            return false;
        }
    }

    /** Tells Redis what could not be told. What still can't be stays behind the rest, which does not wait for it. */
    final void tellUntold() {
        int failures = 0;
        for (int left = untold.size(); left > 0 && failures < MOST_FAILURES; left--) {
            Runnable call = untold.poll();
            if (call == null) {
                return;
            }
            if (!tell(call)) {
                failures++;
            }
        }
    }
}
