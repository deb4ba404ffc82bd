package io.redisstate.lock;

import io.redisstate.core.FeatureThreads;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A wait without a thread: a task runs when there is something to do, and a timer when it is time to look.
 */
final class FutureWaiter extends Waiter implements Runnable {

    private final FeatureThreads threads;
    private final LockLines lines;
    private final UnaryOperator<@Nullable HeldLease> confirm;
    private final long deadline = System.nanoTime() + options().waitTime().toNanos();
    private final CompletableFuture<LockLease> future = new CompletableFuture<>();
    private final AtomicInteger signals = new AtomicInteger();
    private @Nullable Line line;
    private boolean finished;
    private @Nullable ScheduledFuture<?> timer;

    FutureWaiter(
            String name,
            LockOptions options,
            FeatureThreads threads,
            LockLines lines,
            UnaryOperator<@Nullable HeldLease> confirm) {
        super(name, options, threads.executor());
        this.threads = threads;
        this.lines = lines;
        this.confirm = confirm;
        // Cancelled or completed by the caller: the line is left.
        var unused = future.whenComplete((lease, failure) -> signal());
    }

    CompletableFuture<LockLease> future() {
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
        if (finished) {
            return;
        }
        if (timer != null) {
            timer.cancel(false);
        }
        if (future.isDone()) {
            finish(null, null);
            return;
        }
        try {
            line = line == null ? lines.enter(this) : line;
            long pause = line.advance(this);
            throwIfRefused();
            long left = deadline - System.nanoTime();
            if (granted() != null) {
                finish(confirm.apply(granted()), null);
            } else if (left <= 0) {
                finish(null, timeout());
            } else {
                timer = threads.scheduler().schedule(this::signal, Math.min(pause, left), TimeUnit.NANOSECONDS);
            }
        } catch (RuntimeException ex) {
            finish(null, ex);
        }
    }

    private void finish(@Nullable HeldLease lease, @Nullable RuntimeException failure) {
        finished = true;
        HeldLease got = lease;
        if (got == null && line != null && !line.leave(this)) {
            got = granted();
        }
        boolean taken = got != null ? future.complete(got) : failure != null && future.completeExceptionally(failure);
        if (got != null && !taken) {
            got.release();
        }
    }
}
