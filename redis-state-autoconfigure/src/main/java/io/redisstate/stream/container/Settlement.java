package io.redisstate.stream.container;

import io.redisstate.stream.AckMode;
import io.redisstate.stream.IdempotencyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * Tells Redis what became of what was read. What can't be told now is kept, as work in flight, and told when Redis is
 * back. Thread-safe.
 */
final class Settlement {

    private static final Log LOG = LogFactory.getLog(Settlement.class);

    private final GroupProtocol protocol;
    private final ContainerOptions options;
    private final WorkQueue queue;
    private final Counters counters;
    private final @Nullable IdempotencyStore handledBefore;
    private final Supplier<Membership> current;
    private final Schedule schedule;
    private final Set<Batch> open = ConcurrentHashMap.newKeySet();
    private final Queue<Runnable> untold = new ConcurrentLinkedQueue<>();

    /** Who reads when. */
    interface Schedule {

        /** Whether the last sign of life is so young that nobody can have taken anything over. */
        boolean isSurelyMember();

        /** There is room for more. */
        void roomMade();

        /** Something is to be tried again then. */
        void dueIn(Duration delay);
    }

    Settlement(
            GroupProtocol protocol,
            ContainerOptions options,
            WorkQueue queue,
            Counters counters,
            @Nullable IdempotencyStore handledBefore,
            Supplier<Membership> current,
            Schedule schedule) {
        this.protocol = protocol;
        this.options = options;
        this.queue = queue;
        this.counters = counters;
        this.handledBefore = handledBefore;
        this.current = current;
        this.schedule = schedule;
    }

    void opened(Batch batch) {
        counters.inFlight.addAndGet(batch.deliveries().size());
        open.add(batch);
    }

    /** The ids of all that is not settled. */
    Collection<String> working() {
        List<String> ids = new ArrayList<>();
        open.forEach(batch -> batch.deliveries().forEach(delivery -> ids.add(delivery.id())));
        return ids;
    }

    /** It has been handled, or need not be. */
    void done(Delivery delivery) {
        if (!delivery.markDone()) {
            return;
        }
        queue.ended(delivery, false);
        Batch batch = delivery.batch();
        if (options.ackMode() == AckMode.SINGLE || options.ackMode() == AckMode.MANUAL) {
            if (delivery.takeDone()) {
                acknowledge(batch, List.of(delivery));
            }
        }
        endOne(batch);
    }

    private void endOne(Batch batch) {
        if (batch.oneEnded()) {
            flush(batch);
        }
    }

    private void flush(Batch batch) {
        List<Delivery> done = batch.takeDone();
        if (!done.isEmpty()) {
            acknowledge(batch, done);
        }
    }

    /** Acknowledges what has ended of batches that take long. */
    void flushOlderThan(Duration age) {
        for (Batch batch : open) {
            if (batch.ageNanos() >= age.toNanos()) {
                flush(batch);
            }
        }
    }

    private void acknowledge(Batch batch, List<Delivery> deliveries) {
        if (options.ackMode() == AckMode.NONE) {
            counters.handled.add(deliveries.size());
            settled(batch, deliveries.size());
            return;
        }
        tell(() -> {
            if (handledBefore != null) {
                handledBefore.markHandled(
                        options.stream(),
                        options.group(),
                        deliveries.stream().map(Batch::messageKeyOf).distinct().toList());
            }
            // In this order: who joins again between the two questions is asked the second as a new member.
            long ours = schedule.isSurelyMember() && !isOld(batch)
                    ? protocol.acknowledge(deliveries)
                    : protocol.acknowledge(batch.membership(), deliveries);
            counters.handled.add(ours);
            counters.takenAway.add(deliveries.size() - ours);
            settled(batch, deliveries.size());
        });
    }

    /** It failed and is to be tried again. What comes after it in order waits from now on. */
    void retry(Delivery delivery, Duration delay) {
        if (!delivery.takeOpen()) {
            return;
        }
        queue.ended(delivery, true);
        Batch batch = delivery.batch();
        tell(() -> {
            if (protocol.retry(batch.membership(), delay, List.of(delivery)) == 0) {
                counters.takenAway.increment();
                queue.forget(delivery.id());
            }
            settled(batch, 1);
            schedule.dueIn(delay);
        });
        endOne(batch);
    }

    /** It is given up. */
    void bury(Delivery delivery, Throwable failure) {
        if (!delivery.takeOpen()) {
            return;
        }
        Batch batch = delivery.batch();
        List<byte[]> fields = DeadLetterFields.of(options, delivery.entry(), delivery.count(), failure);
        tell(() -> {
            if (protocol.bury(batch.membership(), delivery, fields) == 1) {
                counters.deadLettered.increment();
            } else {
                counters.takenAway.increment();
            }
            settled(batch, 1);
        });
        queue.ended(delivery, false);
        endOne(batch);
    }

    /** It is not this consumer's business any more; Redis is not told. */
    void drop(Delivery delivery) {
        if (delivery.takeOpen()) {
            queue.ended(delivery, false);
            settled(delivery.batch(), 1);
            endOne(delivery.batch());
        }
    }

    private void settled(Batch batch, int count) {
        if (batch.settled(count)) {
            open.remove(batch);
        }
        counters.inFlight.addAndGet(-count);
        schedule.roomMade();
    }

    private boolean isOld(Batch batch) {
        return batch.membership().generation() != current.get().generation();
    }

    private void tell(Runnable call) {
        try {
            call.run();
        } catch (RuntimeException ex) {
            LOG.debug("Stream listener '" + options.id() + "' can't settle messages now; it will", ex);
            untold.add(call);
        }
    }

    /** Tells Redis what could not be told; throws if it still can't. */
    void tellUntold() {
        for (Runnable call = untold.peek(); call != null; call = untold.peek()) {
            call.run();
            untold.remove();
        }
    }
}
