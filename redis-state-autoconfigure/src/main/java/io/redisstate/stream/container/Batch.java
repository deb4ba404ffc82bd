package io.redisstate.stream.container;

import io.redisstate.stream.IdempotencyStore;
import io.redisstate.stream.StreamCodec;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Entries that were read together, and are acknowledged together. */
final class Batch {

    private final Membership membership;
    private final long begun = System.nanoTime();
    private final List<Delivery> deliveries;
    private final AtomicInteger unfinished = new AtomicInteger();
    private final AtomicInteger unsettled = new AtomicInteger();
    private @Nullable Set<String> handledBefore;

    Batch(Membership membership, int size) {
        this.membership = membership;
        this.deliveries = new ArrayList<>(size);
        this.unfinished.set(size);
        this.unsettled.set(size);
    }

    /** Only while the reader fills it. */
    void add(Delivery delivery) {
        deliveries.add(delivery);
    }

    Membership membership() {
        return membership;
    }

    List<Delivery> deliveries() {
        return deliveries;
    }

    long ageNanos() {
        return System.nanoTime() - begun;
    }

    /** One has ended, whatever became of it; true for the last. */
    boolean oneEnded() {
        return unfinished.decrementAndGet() == 0;
    }

    /** Some have been settled; true for the last. */
    boolean settled(int count) {
        return unsettled.addAndGet(-count) == 0;
    }

    List<Delivery> takeDone() {
        List<Delivery> done = new ArrayList<>(deliveries.size());
        for (Delivery delivery : deliveries) {
            if (delivery.takeDone()) {
                done.add(delivery);
            }
        }
        return done;
    }

    /** Asks the store once for the whole batch. */
    synchronized boolean wasHandledBefore(Delivery delivery, IdempotencyStore store, ContainerOptions options) {
        Set<String> known = handledBefore;
        if (known == null) {
            known = store.handledOf(
                    options.stream(),
                    options.group(),
                    deliveries.stream().map(Batch::messageKeyOf).distinct().toList());
            handledBefore = known;
        }
        return known.contains(messageKeyOf(delivery));
    }

    static String messageKeyOf(Delivery delivery) {
        return delivery.entry().text(StreamCodec.MESSAGE_KEY).orElse(delivery.id());
    }
}
