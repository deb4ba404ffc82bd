package io.redisstate.core;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.springframework.core.task.SimpleAsyncTaskExecutor;
import org.springframework.util.CustomizableThreadCreator;

/**
 * The threads of one feature: a scheduler with one thread for short ticks, and an executor for work that may block. Both
 * are made at their first use, are daemons named {@code redis-state-<feature>-...}, and end with {@link #close()}.
 *
 * <p>Work that was taken runs, also if its thread has not begun when {@link #close()} is called. Thread-safe.
 *
 * @since 0.1
 */
public final class FeatureThreads implements AutoCloseable {

    private final String feature;
    private final boolean virtualThreads;
    private final Duration drain;
    private final ReentrantLock lifecycle = new ReentrantLock();
    private final Condition idle = lifecycle.newCondition();

    /** What has been taken and has not ended. */
    private final Set<Task> work = new HashSet<>();

    private @Nullable ScheduledThreadPoolExecutor scheduler;
    private @Nullable SimpleAsyncTaskExecutor executor;
    private boolean closed;
    private boolean interrupting;

    /**
     * Threads of a feature.
     *
     * @param feature its word, for the thread names
     * @param virtualThreads whether blocking work runs on virtual threads; needs Java 21
     * @param drain how long {@link #close()} waits for work under way before it interrupts it; with zero it does neither
     */
    public FeatureThreads(String feature, boolean virtualThreads, Duration drain) {
        this.feature = feature;
        this.virtualThreads = virtualThreads;
        this.drain = drain;
    }

    /**
     * For ticks and timers; a task must not block, except for a call of Redis.
     *
     * @throws IllegalStateException after {@link #close()}
     */
    public ScheduledExecutorService scheduler() {
        lifecycle.lock();
        try {
            requireOpen();
            if (scheduler == null) {
                var names = new CustomizableThreadCreator("redis-state-" + feature + "-tick-");
                names.setDaemon(true);
                scheduler = new ScheduledThreadPoolExecutor(1, names::createThread);
                scheduler.setRemoveOnCancelPolicy(true);
            }
            return scheduler;
        } finally {
            lifecycle.unlock();
        }
    }

    /**
     * For work that may block: a thread for each task, virtual ones if so configured. After {@link #close()} it refuses with a
     * {@link RejectedExecutionException}.
     *
     * @throws IllegalStateException after {@link #close()}
     */
    public Executor executor() {
        lifecycle.lock();
        try {
            requireOpen();
            return this::execute;
        } finally {
            lifecycle.unlock();
        }
    }

    /**
     * For what must be done in any case, such as giving something back: in the background, or, after {@link #close()}, by the
     * caller.
     */
    public void executeOrRun(Runnable task) {
        try {
            execute(task);
        } catch (RejectedExecutionException ex) {
            task.run();
        }
    }

    private void execute(Runnable task) {
        Task taken = new Task(task);
        SimpleAsyncTaskExecutor threads;
        lifecycle.lock();
        try {
            if (closed) {
                throw new RejectedExecutionException(endedMessage());
            }
            work.add(taken);
            threads = startedExecutor();
        } finally {
            lifecycle.unlock();
        }
        boolean started = false;
        try {
            threads.execute(taken);
            started = true;
        } finally {
            if (!started) {
                ended(taken);
            }
        }
    }

    private SimpleAsyncTaskExecutor startedExecutor() {
        if (executor == null) {
            executor = new SimpleAsyncTaskExecutor("redis-state-" + feature + "-");
            executor.setDaemon(true);
            executor.setVirtualThreads(virtualThreads);
        }
        return executor;
    }

    /** Stops the ticks, waits for work under way, then interrupts it. */
    @Override
    public void close() {
        lifecycle.lock();
        try {
            closed = true;
            if (scheduler != null) {
                scheduler.shutdownNow();
            }
            if (!drain.isZero()) {
                awaitIdle();
                interrupting = true;
                work.forEach(Task::interrupt);
            }
        } finally {
            lifecycle.unlock();
        }
    }

    private void awaitIdle() {
        long left = drain.toNanos();
        try {
            while (!work.isEmpty() && left > 0) {
                left = idle.awaitNanos(left);
            }
        } catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
        }
    }

    private void begun(Task task) {
        lifecycle.lock();
        try {
            task.thread = Thread.currentThread();
            if (interrupting) {
                task.interrupt();
            }
        } finally {
            lifecycle.unlock();
        }
    }

    private void ended(Task task) {
        lifecycle.lock();
        try {
            work.remove(task);
            if (work.isEmpty()) {
                idle.signalAll();
            }
        } finally {
            lifecycle.unlock();
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException(endedMessage());
        }
    }

    private String endedMessage() {
        return "The " + feature + " threads have ended: the application is shutting down";
    }

    /** Work that was taken; its thread is known once it has begun. */
    private final class Task implements Runnable {

        private final Runnable task;
        private @Nullable Thread thread;

        private Task(Runnable task) {
            this.task = task;
        }

        @Override
        public void run() {
            begun(this);
            try {
                task.run();
            } finally {
                ended(this);
            }
        }

        private void interrupt() {
            if (thread != null) {
                thread.interrupt();
            }
        }
    }
}
