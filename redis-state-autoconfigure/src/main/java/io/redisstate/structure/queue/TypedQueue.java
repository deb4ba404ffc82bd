package io.redisstate.structure.queue;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * A {@link TypedDeque} used from one end to the other: first in, first out. Thread-safe.
 *
 * @param <T> an item, as JSON
 * @since 0.1
 */
public final class TypedQueue<T> {

    private final TypedDeque<T> deque;

    /** A queue on a deque, which is the same structure. */
    public TypedQueue(TypedDeque<T> deque) {
        this.deque = deque;
    }

    /** Puts an item behind the last; false if it does not fit. */
    public boolean offer(T item) {
        return deque.offerLast(item);
    }

    /** Puts items behind the last, up to 5,000; false if they do not all fit, and then none is put. */
    public boolean offerAll(Collection<? extends T> items) {
        return deque.offerAll(items);
    }

    /** Takes the first item, if there is one. */
    public Optional<T> poll() {
        return deque.pollFirst();
    }

    /** Takes the first items; 1 to 5,000. */
    public List<T> poll(int count) {
        return deque.poll(count);
    }

    /** Takes the first item, waiting for one; empty if there is none in time. */
    public Optional<T> poll(Duration wait) throws InterruptedException {
        return deque.pollFirst(wait);
    }

    /** The first item, which stays. */
    public Optional<T> peek() {
        return deque.peekFirst();
    }

    /** How many items there are. */
    public long size() {
        return deque.size();
    }

    /** Takes all items, for nobody. */
    public void clear() {
        deque.clear();
    }
}
