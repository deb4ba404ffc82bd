package io.redisstate.stream.container;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** First come, first served: whole batches to handlers of batches, else one by one. */
final class SharedWork implements WorkQueue {

    private final boolean wholeBatches;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition filled = lock.newCondition();
    private final Deque<List<Delivery>> waiting = new ArrayDeque<>();
    private int next;
    private boolean closed;

    SharedWork(boolean wholeBatches) {
        this.wholeBatches = wholeBatches;
    }

    @Override
    public void add(Batch batch) {
        again(batch.deliveries());
    }

    @Override
    public void again(List<Delivery> deliveries) {
        lock.lock();
        try {
            waiting.addLast(deliveries);
            if (wholeBatches) {
                filled.signal();
            } else {
                filled.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public @Nullable List<Delivery> take() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (!closed) {
                List<Delivery> head = waiting.peekFirst();
                if (head == null) {
                    filled.await();
                } else if (wholeBatches) {
                    return waiting.removeFirst();
                } else {
                    Delivery one = head.get(next++);
                    if (next == head.size()) {
                        waiting.removeFirst();
                        next = 0;
                    }
                    return List.of(one);
                }
            }
            return null;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void ended(Delivery delivery, boolean waitsForRetry) {
        // Nothing waits for another.
    }

    @Override
    public void forget(String id) {
        // Nothing waits for another.
    }

    @Override
    public List<Delivery> drain() {
        lock.lock();
        try {
            List<Delivery> left = new ArrayList<>();
            for (List<Delivery> deliveries : waiting) {
                left.addAll(deliveries.subList(next, deliveries.size()));
                next = 0;
            }
            waiting.clear();
            return left;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public List<Delivery> close() {
        lock.lock();
        try {
            closed = true;
            filled.signalAll();
            return drain();
        } finally {
            lock.unlock();
        }
    }
}
