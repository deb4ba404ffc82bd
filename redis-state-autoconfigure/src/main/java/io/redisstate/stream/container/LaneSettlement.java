package io.redisstate.stream.container;

import io.redisstate.stream.IdempotencyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/** Collects what handlers have done for the loop to tell it, many at a time. */
final class LaneSettlement extends Settlement {

    private static final Log LOG = LogFactory.getLog(LaneSettlement.class);
    private static final int MOST_LOTS = 1_000;

    private final LaneProtocol protocol;
    private final ContainerOptions options;
    private final LaneWork work;
    private final Counters counters;
    private final @Nullable IdempotencyStore handledBefore;
    private final Runnable wake;
    private final Runnable look;
    private final Queue<LaneProtocol.Lot> ended = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waiting = new AtomicInteger();
    /** Of the loop: collected, and not yet told for sure. */
    private List<LaneProtocol.Lot> telling = new ArrayList<>();

    private boolean toldBefore;

    LaneSettlement(
            LaneProtocol protocol,
            ContainerOptions options,
            LaneWork work,
            Counters counters,
            @Nullable IdempotencyStore handledBefore,
            Runnable wake,
            Runnable look) {
        super(options, counters);
        this.protocol = protocol;
        this.options = options;
        this.work = work;
        this.counters = counters;
        this.handledBefore = handledBefore;
        this.wake = wake;
        this.look = look;
    }

    @Override
    void done(Delivery delivery) {
        if (delivery.takeOpen()) {
            List<Delivery> unused = work.ended(delivery, false);
            add(new LaneProtocol.Lot(List.of(delivery), LaneProtocol.DONE));
        }
    }

    @Override
    void retry(Delivery delivery, Duration delay) {
        if (delivery.takeOpen()) {
            List<Delivery> held = new ArrayList<>(List.of(delivery));
            for (Delivery later : work.ended(delivery, true)) {
                if (later.takeOpen()) {
                    held.add(later);
                }
            }
            add(new LaneProtocol.Lot(held, Math.max(0, delay.toMillis())));
        }
    }

    private void add(LaneProtocol.Lot lot) {
        ended.add(lot);
        waiting.incrementAndGet();
        wake.run();
    }

    @Override
    boolean moveToDeadLetters(Delivery delivery, List<byte[]> fields) {
        return protocol.bury(delivery.batch().membership(), delivery, fields) == 1;
    }

    @Override
    void buried(Delivery delivery) {
        List<Delivery> unused = work.ended(delivery, false);
        look.run();
    }

    @Override
    void drop(Delivery delivery) {
        if (delivery.takeOpen()) {
            settled(List.of(delivery));
        }
    }

    @Override
    void dropGiven(Delivery delivery) {
        drop(delivery);
        List<Delivery> unused = work.ended(delivery, false);
    }

    @Override
    void suspectEnded() {
        // Whatever ends one makes the loop look.
    }

    @Override
    void roomMade() {
        wake.run();
    }

    /** How many lots wait to be told; 0 is exact, and for any thread. */
    int waiting() {
        return waiting.get();
    }

    /** What is to be told now: what was done of a lane together. Of the loop, as the next two. */
    List<LaneProtocol.Lot> collect() {
        toldBefore = isBehind();
        if (telling.isEmpty()) {
            Map<String, List<Delivery>> done = new LinkedHashMap<>();
            List<LaneProtocol.Lot> collected = new ArrayList<>();
            for (int i = 0; i < MOST_LOTS; i++) {
                LaneProtocol.Lot lot = ended.poll();
                if (lot == null) {
                    break;
                }
                waiting.decrementAndGet();
                if (lot.what() == LaneProtocol.DONE) {
                    Delivery one = lot.first();
                    done.computeIfAbsent(
                                    one.lane() + ' ' + one.batch().membership().generation(), key -> {
                                        List<Delivery> together = new ArrayList<>();
                                        collected.add(new LaneProtocol.Lot(together, LaneProtocol.DONE));
                                        return together;
                                    })
                            .add(one);
                } else {
                    collected.add(lot);
                }
            }
            telling = collected;
        }
        return mark(telling) ? List.copyOf(telling) : List.of();
    }

    /** What the store can't note now is told later. */
    private boolean mark(List<LaneProtocol.Lot> lots) {
        List<String> handled = handledBefore == null
                ? List.of()
                : lots.stream()
                        .filter(lot -> lot.what() == LaneProtocol.DONE)
                        .flatMap(lot -> lot.deliveries().stream())
                        .map(Batch::messageKeyOf)
                        .distinct()
                        .toList();
        if (handledBefore != null && !handled.isEmpty()) {
            try {
                handledBefore.markHandled(options.stream(), options.group(), handled);
            } catch (RuntimeException ex) {
                LOG.debug("Stream listener '" + options.id() + "' can't note what it has handled now; it will", ex);
                return false;
            }
        }
        return true;
    }

    /**
     * What {@link #collect()} gave has been told.
     *
     * @param member as whom; what was taken as the same and is told again was its own when Redis was told first
     */
    void told(List<LaneProtocol.Lot> lots, LaneProtocol.Step step, Membership member) {
        if (lots.isEmpty()) {
            return;
        }
        telling = new ArrayList<>();
        for (int i = 0; i < lots.size(); i++) {
            LaneProtocol.Lot lot = lots.get(i);
            boolean sure = toldBefore
                    && step.member()
                    && lot.first().batch().membership().equals(member);
            long own = sure ? lot.deliveries().size() : step.ours().get(i);
            if (lot.what() == LaneProtocol.DONE) {
                counters.handled.add(own);
            }
            counters.takenAway.add(lot.deliveries().size() - own);
            lot.deliveries().forEach(delivery -> settled(List.of(delivery)));
        }
    }

    /** Whether something has been collected and could not be told. */
    boolean isBehind() {
        return !telling.isEmpty();
    }
}
