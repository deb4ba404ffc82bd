package io.redisstate.lock;

import io.redisstate.core.FeatureThreads;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A wait without a thread: a task runs when there is something to do, and a timer when it is time to look.
 */
final class FutureWaiter extends Waiter implements Runnable {

    private final FeatureThreads threads;
    private final LockLines lines;
    private final Consumer<HeldLease> confirm;
    private final long deadline = System.nanoTime() + options().waitTime().toNanos();
    private final CompletableFuture<LockLease> future = new CompletableFuture<>();
    private final AtomicInteger signals = new AtomicInteger();
    private final ReentrantLock stepping = new ReentrantLock();
    private final Set<FutureWaiter> waiting;
    private @Nullable Line line;
    private boolean finished;
    private @Nullable ScheduledFuture<?> timer;

    /**
     * A wait that {@link #start()} begins.
     *
     * @param waiting where it is found as long as it waits
     */
    FutureWaiter(
            String name,
            LockOptions options,
            FeatureThreads threads,
            LockLines lines,
            Set<FutureWaiter> waiting,
            Consumer<HeldLease> confirm) {
        super(name, options, threads.executor());
        this.threads = threads;
        this.lines = lines;
        this.waiting = waiting;
        this.confirm = confirm;
        // Cancelled or completed by the caller: the line is left.
        var unused = future.whenComplete((lease, failure) -> signal());
    }

    CompletableFuture<LockLease> start() {
        waiting.add(this);
        signal();
        return future;
    }

    @Override
    void signal() {
        if (signals.getAndIncrement() == 0) {
            try {
                callbackThreads().execute(this);
            } catch (RuntimeException ex) {
                future.completeExceptionally(ex);
            }
        }
    }

    /** One task at a time: it runs again if it was signalled meanwhile. */
    @Override
    public void run() {
        int seen;
        do {
            seen = signals.get();
            step();
        } while (!signals.compareAndSet(seen, 0));
    }

    private void step() {
        stepping.lock();
        try {
            stepOnce();
        } finally {
            stepping.unlock();
        }
    }

    private void stepOnce() {
        if (finished) {
            return;
        }
        if (timer != null) {
            timer.cancel(false);
        }
        if (future.isDone()) {
            giveUp();
            return;
        }
        try {
            line = line == null ? lines.enter(this) : line;
            long pause = line.advance(this);
            HeldLease lease = granted();
            if (lease != null) {
                complete(lease);
                return;
            }
            throwIfRefused();
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                timeOut(line);
            } else {
                timer = threads.scheduler().schedule(this::signal, Math.min(pause, left), TimeUnit.NANOSECONDS);
            }
        } catch (RuntimeException ex) {
            giveUp();
            future.completeExceptionally(ex);
        }
    }

    /** Ends the wait on the caller's thread, where the waiter has none any more. */
    void close(RuntimeException reason) {
        stepping.lock();
        try {
            if (!finished) {
                giveUp();
            }
        } finally {
            stepping.unlock();
        }
        future.completeExceptionally(reason);
    }

    private void end() {
        finished = true;
        waiting.remove(this);
    }

    private void timeOut(Line left) {
        if (left.leave(this)) {
            end();
            future.completeExceptionally(timeout());
            return;
        }
        // Granted at the last moment.
        HeldLease lease = granted();
        if (lease != null) {
            complete(lease);
        }
    }

    /** What can't be confirmed, or that nobody waits for any more, is given back. */
    private void complete(HeldLease lease) {
        end();
        try {
            confirm.accept(lease);
        } catch (RuntimeException ex) {
            lease.giveBackAtOnce();
            future.completeExceptionally(ex);
            return;
        }
        if (!future.complete(lease)) {
            lease.giveBackAtOnce();
        }
    }

    private void giveUp() {
        end();
        if (line != null && !line.leave(this)) {
            HeldLease lease = granted();
            if (lease != null) {
                lease.giveBackAtOnce();
            }
        }
    }
}
