package io.redisstate.stream.container;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A line for each lane of which this process has entries: one of it is handled at a time, in the order of the stream. A
 * lane that was lost and comes back waits until the handler that had it has ended. Nothing is begun while others may have it.
 */
final class LaneWork extends WorkQueue {

    private final Map<String, Line> lines = new HashMap<>();
    private final Deque<Line> ready = new ArrayDeque<>();
    private volatile Predicate<Membership> lease = any -> true;
    private int notBegun;

    private static final class Line {
        private final String lane;
        private final Deque<Delivery> waiting = new ArrayDeque<>();
        /** Ready or with a worker. */
        private boolean running;

        Line(String lane) {
            this.lane = lane;
        }
    }

    /** Tells whether what was taken as a member is surely still its own. */
    void leasedBy(Predicate<Membership> holds) {
        this.lease = holds;
    }

    @Override
    boolean mayBegin(Delivery delivery) {
        return lease.test(delivery.batch().membership());
    }

    @Override
    void add(Batch batch) {
        boolean unused = locked(() -> {
            for (Delivery delivery : batch.deliveries()) {
                Line line = lines.computeIfAbsent(delivery.lane(), Line::new);
                line.waiting.addLast(delivery);
                notBegun++;
                goOn(line);
            }
            return true;
        });
    }

    private void goOn(Line line) {
        if (line.running) {
            return;
        }
        if (line.waiting.isEmpty()) {
            lines.remove(line.lane, line);
        } else {
            line.running = true;
            ready.addLast(line);
            signal(1);
        }
    }

    /** How many no worker has taken yet. */
    int notBegun() {
        return locked(() -> notBegun);
    }

    @Override
    @Nullable
    List<Delivery> poll() {
        Line line = ready.peekFirst();
        if (line == null || !mayBegin(line.waiting.getFirst())) {
            return null;
        }
        ready.removeFirst();
        notBegun--;
        return List.of(line.waiting.removeFirst());
    }

    @Override
    void again(List<Delivery> deliveries) {
        throw new UnsupportedOperationException("Batches have no order");
    }

    /** One has ended. If it waits for another try, returns what must not be handled before it, and forgets that. */
    List<Delivery> ended(Delivery delivery, boolean waitsForRetry) {
        return locked(() -> {
            List<Delivery> held = new ArrayList<>();
            Line line = lines.get(delivery.lane());
            if (line != null) {
                line.running = false;
                if (waitsForRetry) {
                    held.addAll(line.waiting);
                    line.waiting.clear();
                    notBegun -= held.size();
                }
                goOn(line);
            }
            return held;
        });
    }

    @Override
    List<Delivery> empty() {
        List<Delivery> left = new ArrayList<>();
        ready.forEach(line -> line.running = false);
        ready.clear();
        for (Line line : List.copyOf(lines.values())) {
            left.addAll(line.waiting);
            line.waiting.clear();
            goOn(line);
        }
        notBegun = 0;
        return left;
    }
}
