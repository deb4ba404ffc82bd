package io.redisstate.stream.container;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** First come, first served: whole batches to handlers of batches, else one by one. */
final class SharedWork extends WorkQueue {

    private final boolean wholeBatches;
    private final Deque<List<Delivery>> waiting = new ArrayDeque<>();
    private int next;

    SharedWork(boolean wholeBatches) {
        this.wholeBatches = wholeBatches;
    }

    @Override
    void add(Batch batch) {
        again(batch.deliveries());
    }

    @Override
    void again(List<Delivery> deliveries) {
        boolean unused = locked(() -> {
            waiting.addLast(deliveries);
            signal(wholeBatches ? 1 : deliveries.size());
            return true;
        });
    }

    @Override
    @Nullable
    List<Delivery> poll() {
        List<Delivery> head = waiting.peekFirst();
        if (head == null || wholeBatches) {
            return waiting.pollFirst();
        }
        Delivery one = head.get(next++);
        if (next == head.size()) {
            waiting.removeFirst();
            next = 0;
        }
        return List.of(one);
    }

    @Override
    List<Delivery> empty() {
        List<Delivery> left = new ArrayList<>();
        for (List<Delivery> deliveries : waiting) {
            left.addAll(deliveries.subList(next, deliveries.size()));
            next = 0;
        }
        waiting.clear();
        return left;
    }
}
