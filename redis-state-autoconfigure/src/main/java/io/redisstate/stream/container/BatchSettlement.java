package io.redisstate.stream.container;

import io.redisstate.stream.AckMode;
import io.redisstate.stream.IdempotencyStore;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Tells Redis at once, and when all that was read together has ended. */
final class BatchSettlement extends Settlement {

    private final GroupProtocol protocol;
    private final ContainerOptions options;
    private final Counters counters;
    private final @Nullable IdempotencyStore handledBefore;
    private final Supplier<Membership> current;
    private final Schedule schedule;

    /** Who reads when. */
    interface Schedule {

        /** Whether the last sign of life is so young that nobody can have taken anything over. */
        boolean isSurelyMember();

        /** There is room for more. */
        void roomMade();

        /** Something is to be tried again then. */
        void dueIn(Duration delay);
    }

    BatchSettlement(
            GroupProtocol protocol,
            ContainerOptions options,
            Counters counters,
            @Nullable IdempotencyStore handledBefore,
            Supplier<Membership> current,
            Schedule schedule) {
        super(options, counters);
        this.protocol = protocol;
        this.options = options;
        this.counters = counters;
        this.handledBefore = handledBefore;
        this.current = current;
        this.schedule = schedule;
    }

    @Override
    void done(Delivery delivery) {
        if (!delivery.markDone()) {
            return;
        }
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
        for (Batch batch : open()) {
            if (batch.ageNanos() >= age.toNanos()) {
                flush(batch);
            }
        }
    }

    private void acknowledge(Batch batch, List<Delivery> deliveries) {
        if (options.ackMode() == AckMode.NONE) {
            counters.handled.add(deliveries.size());
            settled(deliveries);
            return;
        }
        boolean unused = tell(() -> {
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
            settled(deliveries);
        });
    }

    @Override
    void retry(Delivery delivery, Duration delay) {
        if (!delivery.takeOpen()) {
            return;
        }
        Batch batch = delivery.batch();
        boolean unused = tell(() -> {
            if (protocol.retry(batch.membership(), delay, List.of(delivery)) == 0) {
                counters.takenAway.increment();
            }
            settled(List.of(delivery));
            schedule.dueIn(delay);
        });
        endOne(batch);
    }

    @Override
    boolean moveToDeadLetters(Delivery delivery, List<byte[]> fields) {
        return protocol.bury(delivery.batch().membership(), delivery, fields) == 1;
    }

    @Override
    void buried(Delivery delivery) {
        endOne(delivery.batch());
    }

    @Override
    void drop(Delivery delivery) {
        if (delivery.takeOpen()) {
            settled(List.of(delivery));
            endOne(delivery.batch());
        }
    }

    @Override
    void dropGiven(Delivery delivery) {
        drop(delivery);
    }

    @Override
    void suspectEnded() {
        schedule.dueIn(Duration.ZERO);
    }

    @Override
    void roomMade() {
        schedule.roomMade();
    }

    private boolean isOld(Batch batch) {
        return batch.membership().generation() != current.get().generation();
    }
}
