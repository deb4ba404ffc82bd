package io.redisstate.core;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Sends calls that several threads make at the same time in one pipeline instead of one connection each.
 *
 * <p>Eight <em>lanes</em> lead to Redis. A thread that finds one free uses it at once, so a call on its own costs nothing
 * more. The others queue; whoever leaves a lane hands it to the first in the queue, which takes the calls of all that stand
 * behind it along. A thread that no lane served for 50 ms, because those before it wait for a server that does not answer,
 * goes alone. The idea is flat combining (Hendler, Incze, Shavit, Tzafrir, SPAA 2010) with the network as the shared
 * structure. Calls of one thread keep their order. Thread-safe; waiting does not react to interrupts, which stay pending.
 *
 * @since 0.1
 */
public final class CombiningCallExecutor implements CallExecutor {

    /** As many as Boot's default pool has connections. More would not help, fewer make single calls wait. */
    private static final int LANES = 8;

    private static final int LARGEST_PIPELINE = 128;
    private static final Duration PATIENCE = Duration.ofMillis(50);

    private final CallExecutor target;
    private final long patience;
    private final AtomicInteger busyLanes = new AtomicInteger();
    private final Queue<Queued<?>> queue = new ConcurrentLinkedQueue<>();

    public CombiningCallExecutor(CallExecutor target) {
        this(target, PATIENCE);
    }

    CombiningCallExecutor(CallExecutor target, Duration patience) {
        this.target = target;
        this.patience = patience.toNanos();
    }

    @Override
    public <T extends @Nullable Object> T execute(ScriptCall<T> call) {
        if (queue.isEmpty() && enterLane()) {
            try {
                return target.execute(call);
            } finally {
                passLaneOn();
            }
        }
        return queued(call);
    }

    @Override
    public <T extends @Nullable Object> List<Outcome<T>> executeAll(List<ScriptCall<T>> calls) {
        return target.executeAll(calls);
    }

    /** How many calls wait now. */
    int queued() {
        return queue.size();
    }

    private <T extends @Nullable Object> T queued(ScriptCall<T> call) {
        Queued<T> self = new Queued<>(call);
        queue.add(self);
        // A lane may have been left before anyone saw this call.
        if (enterLane()) {
            passLaneOn();
        }
        boolean interrupted = false;
        try {
            long deadline = System.nanoTime() + patience;
            while (!self.isSettled()) {
                LockSupport.parkNanos(this, self.patience(deadline - System.nanoTime()));
                interrupted |= Thread.interrupted();
                if (deadline - System.nanoTime() <= 0 && self.leave()) {
                    boolean unused = queue.remove(self);
                    return target.execute(call);
                }
            }
            if (self.isLeader()) {
                lead(self);
            }
            return self.outcome().get();
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private boolean enterLane() {
        int busy = busyLanes.get();
        while (busy < LANES) {
            if (busyLanes.compareAndSet(busy, busy + 1)) {
                return true;
            }
            busy = busyLanes.get();
        }
        return false;
    }

    /** Gives the lane of the current thread to the first in the queue; nobody queues while a lane is free. */
    private void passLaneOn() {
        do {
            for (Queued<?> next = queue.poll(); next != null; next = queue.poll()) {
                if (next.lead()) {
                    return;
                }
            }
            busyLanes.decrementAndGet();
        } while (!queue.isEmpty() && enterLane());
    }

    private void lead(Queued<?> leader) {
        List<Queued<?>> batch = new ArrayList<>();
        batch.add(leader);
        List<Outcome<Object>> outcomes = List.of();
        try {
            for (Queued<?> next = queue.poll(); next != null; next = queue.poll()) {
                if (next.follow() && batch.add(next) && batch.size() == LARGEST_PIPELINE) {
                    break;
                }
            }
            outcomes = outcomesOf(batch);
        } finally {
            passLaneOn();
            for (int i = 0; i < batch.size(); i++) {
                batch.get(i).settle(outcomes.isEmpty() ? notSent() : outcomes.get(i));
            }
        }
    }

    /** What the others of a pipeline are told whose thread ended by an Error. */
    private static Outcome<Object> notSent() {
        return new Outcome<>(null, new IllegalStateException("The thread that sent the call failed"));
    }

    @SuppressWarnings("unchecked") // each outcome goes back to the call it came from
    private List<Outcome<Object>> outcomesOf(List<Queued<?>> batch) {
        try {
            return target.executeAll(
                    batch.stream().map(call -> (ScriptCall<Object>) call.call).toList());
        } catch (RuntimeException ex) {
            Outcome<Object> failed = new Outcome<>(null, ex);
            return batch.stream().map(call -> failed).toList();
        }
    }

    /** A call that waits for a lane, or for whoever took it along. */
    private static final class Queued<T extends @Nullable Object> {

        private static final int WAITING = 0;
        private static final int LEADS = 1;
        private static final int FOLLOWS = 2;
        private static final int LEFT = 3;

        private final ScriptCall<T> call;
        private final Thread thread = Thread.currentThread();
        private final AtomicInteger role = new AtomicInteger(WAITING);
        private volatile @Nullable Outcome<T> outcome;

        Queued(ScriptCall<T> call) {
            this.call = call;
        }

        boolean lead() {
            if (!role.compareAndSet(WAITING, LEADS)) {
                return false;
            }
            LockSupport.unpark(thread);
            return true;
        }

        boolean follow() {
            return role.compareAndSet(WAITING, FOLLOWS);
        }

        boolean leave() {
            return role.compareAndSet(WAITING, LEFT);
        }

        boolean isLeader() {
            return role.get() == LEADS;
        }

        boolean isSettled() {
            return isLeader() || outcome != null;
        }

        /** How long to park: whoever follows is certain of an answer. */
        long patience(long untilDeadline) {
            return role.get() == FOLLOWS ? Long.MAX_VALUE : Math.max(untilDeadline, 1);
        }

        Outcome<T> outcome() {
            return Objects.requireNonNull(outcome);
        }

        @SuppressWarnings("unchecked") // the outcome of this very call
        void settle(Outcome<?> settled) {
            outcome = (Outcome<T>) settled;
            LockSupport.unpark(thread);
        }
    }
}
