package io.redisstate.stream.container;

import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What has been read and is to be handled. Filled by the reader, emptied by the workers; thread-safe. */
abstract class WorkQueue {

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition filled = lock.newCondition();
    private boolean closed;

    abstract void add(Batch batch);

    /** Some are to be handled once more. */
    abstract void again(List<Delivery> deliveries);

    /** What one worker is to do next, or null; under the lock. */
    abstract @Nullable List<Delivery> poll();

    /** Whether one that a worker has been given may be begun now. */
    boolean mayBegin(Delivery delivery) {
        return true;
    }

    /** Forgets and returns what has not been given out; under the lock. */
    abstract List<Delivery> empty();

    /** What one worker is to do next, waiting for it; null when the queue is closed. */
    final @Nullable List<Delivery> take() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (!closed) {
                List<Delivery> next = poll();
                if (next != null) {
                    return next;
                }
                filled.await();
            }
            return null;
        } finally {
            lock.unlock();
        }
    }

    /** What could not be given out may be now. */
    final void wakeWorkers() {
        boolean unused = locked(() -> {
            filled.signalAll();
            return true;
        });
    }

    /** What has not been given out is returned, and forgotten. */
    final List<Delivery> drain() {
        return locked(this::empty);
    }

    /** Nothing is given out any more; what had not been is returned. */
    final List<Delivery> close() {
        return locked(() -> {
            closed = true;
            filled.signalAll();
            return empty();
        });
    }

    /** There is something for so many workers; under the lock. */
    final void signal(int workers) {
        if (workers == 1) {
            filled.signal();
        } else {
            filled.signalAll();
        }
    }

    final <T> T locked(Supplier<T> action) {
        lock.lock();
        try {
            return action.get();
        } finally {
            lock.unlock();
        }
    }
}
