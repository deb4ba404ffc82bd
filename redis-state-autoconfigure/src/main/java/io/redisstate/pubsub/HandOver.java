package io.redisstate.pubsub;

import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The bounded queue between the thread that reads a subscription and the one that handles its messages; keeps their order.
 */
final class HandOver {

    private static final int CHUNK = 64;

    private final int capacity;
    private final Overflow overflow;
    private final ArrayDeque<ReceivedMessage> queue = new ArrayDeque<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition arrived = lock.newCondition();
    private final Condition taken = lock.newCondition();
    private final LongAdder received;
    private final LongAdder dropped;
    private boolean closed;

    /**
     * An open one.
     *
     * @param received counts what has come
     * @param dropped counts what was dropped
     */
    HandOver(int capacity, Overflow overflow, LongAdder received, LongAdder dropped) {
        this.capacity = capacity;
        this.overflow = overflow;
        this.received = received;
        this.dropped = dropped;
    }

    /**
     * Adds a message; waits for room if that is the policy, until the queue is closed or the thread interrupted, its flag
     * set.
     *
     * @return whether no message had to be dropped
     */
    boolean add(ReceivedMessage message) {
        lock.lock();
        try {
            received.increment();
            if (overflow == Overflow.BLOCK) {
                awaitRoom();
            }
            boolean full = queue.size() >= capacity;
            if (closed || full && overflow != Overflow.DROP_OLDEST) {
                dropped.increment();
                return false;
            }
            if (full) {
                dropped.increment();
                queue.pollFirst();
            }
            queue.addLast(message);
            arrived.signal();
            return !full;
        } finally {
            lock.unlock();
        }
    }

    private void awaitRoom() {
        try {
            while (queue.size() >= capacity && !closed) {
                taken.await();
            }
        } catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Waits for messages and moves some into the list.
     *
     * @return false if the queue is closed and empty
     */
    boolean take(List<ReceivedMessage> into) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (queue.isEmpty()) {
                if (closed) {
                    return false;
                }
                arrived.await();
            }
            for (int i = 0; i < CHUNK && !queue.isEmpty(); i++) {
                into.add(queue.pollFirst());
            }
            taken.signalAll();
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Takes no more messages; those that wait can still be taken. */
    void close() {
        lock.lock();
        try {
            closed = true;
            arrived.signalAll();
            taken.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Drops what still waits. */
    void clear(int andHeld) {
        lock.lock();
        try {
            dropped.add(queue.size() + andHeld);
            queue.clear();
        } finally {
            lock.unlock();
        }
    }

    int size() {
        lock.lock();
        try {
            return queue.size();
        } finally {
            lock.unlock();
        }
    }
}
