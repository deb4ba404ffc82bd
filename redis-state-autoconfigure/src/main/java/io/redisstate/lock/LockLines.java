package io.redisstate.lock;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Finds the line for each waiter: one local queue for each name in the default mode, one for each waiter in the fair mode.
 * A name that nobody waits for or holds takes no memory. Thread-safe.
 */
final class LockLines {

    private final LockWiring wiring;
    private final Map<String, LocalQueue> queues = new ConcurrentHashMap<>();

    LockLines(LockWiring wiring) {
        this.wiring = wiring;
    }

    /** The line in which the waiter stands from now on. */
    Line enter(Waiter waiter) {
        if (waiter.options().fair()) {
            return new FairRequest(waiter.name(), wiring, waiter.options());
        }
        while (true) {
            LocalQueue queue = queueOf(waiter.name());
            if (queue.enter(waiter)) {
                if (wiring.requests().isClosed()) {
                    // Closed meanwhile, and perhaps before it could be found here.
                    waiter.refuse(RemoteRequests.closedFailure());
                }
                return queue;
            }
        }
    }

    /** Tries once, without waiting. */
    @Nullable
    HeldLease tryOnce(Waiter waiter) {
        if (waiter.options().fair()) {
            return new FairRequest(waiter.name(), wiring, waiter.options()).tryOnce(waiter) ? waiter.granted() : null;
        }
        while (true) {
            if (queueOf(waiter.name()).tryOnce(waiter)) {
                return waiter.granted();
            }
        }
    }

    /** Ends all waits: also of those behind a holder of this process, for whom nothing waits in Redis. */
    void close() {
        queues.values().forEach(queue -> queue.refuseWaiters(RemoteRequests.closedFailure()));
    }

    int size() {
        return queues.size();
    }

    private LocalQueue queueOf(String name) {
        return queues.computeIfAbsent(name, key -> newQueue(key));
    }

    private LocalQueue newQueue(String name) {
        return new LocalQueue(name, wiring, () -> queues.remove(name));
    }
}
