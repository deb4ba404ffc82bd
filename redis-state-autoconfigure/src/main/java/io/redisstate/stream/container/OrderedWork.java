package io.redisstate.stream.container;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A line for each key: one of it is handled at a time, in the order of the stream. While the first of a line waits for
 * another try, the line waits.
 */
final class OrderedWork implements WorkQueue {

    private final Function<Delivery, Object> keyOf;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition filled = lock.newCondition();
    private final Map<Object, Line> lines = new HashMap<>();
    private final Map<String, Line> blocked = new HashMap<>();
    private final Deque<Line> ready = new ArrayDeque<>();
    private boolean closed;

    private static final class Line {
        private final Object key;
        private final Deque<Delivery> waiting = new ArrayDeque<>();
        /** Ready or with a worker. */
        private boolean running;

        private boolean blocked;

        Line(Object key) {
            this.key = key;
        }
    }

    OrderedWork(Function<Delivery, Object> keyOf) {
        this.keyOf = keyOf;
    }

    @Override
    public void add(Batch batch) {
        List<Object> keys = batch.deliveries().stream().map(keyOf).toList();
        lock.lock();
        try {
            for (int i = 0; i < keys.size(); i++) {
                add(keys.get(i), batch.deliveries().get(i));
            }
        } finally {
            lock.unlock();
        }
    }

    private void add(Object key, Delivery delivery) {
        Line line = blocked.remove(delivery.id());
        if (line == null) {
            line = lines.computeIfAbsent(key, Line::new);
            line.waiting.addLast(delivery);
        } else {
            line.blocked = false;
            line.waiting.addFirst(delivery);
        }
        delivery.line(line);
        makeReady(line);
    }

    private void makeReady(Line line) {
        if (!line.running && !line.blocked) {
            if (line.waiting.isEmpty()) {
                lines.remove(line.key, line);
            } else {
                line.running = true;
                ready.addLast(line);
                filled.signal();
            }
        }
    }

    @Override
    public @Nullable List<Delivery> take() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (!closed) {
                Line line = ready.pollFirst();
                if (line == null) {
                    filled.await();
                } else {
                    return List.of(line.waiting.removeFirst());
                }
            }
            return null;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void again(List<Delivery> deliveries) {
        throw new UnsupportedOperationException("Batches have no order");
    }

    @Override
    public void ended(Delivery delivery, boolean waitsForRetry) {
        lock.lock();
        try {
            if (delivery.line() instanceof Line line) {
                line.running = false;
                if (waitsForRetry && lines.get(line.key) == line) {
                    line.blocked = true;
                    blocked.put(delivery.id(), line);
                }
                makeReady(line);
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void forget(String id) {
        lock.lock();
        try {
            Line line = blocked.remove(id);
            if (line != null) {
                line.blocked = false;
                makeReady(line);
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public List<Delivery> drain() {
        lock.lock();
        try {
            List<Delivery> left = new ArrayList<>();
            lines.values().forEach(line -> {
                left.addAll(line.waiting);
                line.waiting.clear();
            });
            lines.clear();
            blocked.clear();
            ready.clear();
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
