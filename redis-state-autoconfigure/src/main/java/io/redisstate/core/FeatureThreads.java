package io.redisstate.core;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import org.jspecify.annotations.Nullable;
import org.springframework.core.task.SimpleAsyncTaskExecutor;
import org.springframework.util.CustomizableThreadCreator;

/**
 * The threads of one feature: a scheduler with one thread for short ticks, and an executor for work that may block. Both
 * are made at their first use, are daemons named {@code redis-state-<feature>-...}, and end with {@link #close()}.
 *
 * <p>Thread-safe.
 *
 * @since 0.1
 */
public final class FeatureThreads implements AutoCloseable {

    private final String feature;
    private final boolean virtualThreads;
    private final Duration drain;
    private final Object lifecycle = new Object();
    private @Nullable ScheduledThreadPoolExecutor scheduler;
    private @Nullable SimpleAsyncTaskExecutor executor;
    private boolean closed;

    /**
     * Threads of a feature.
     *
     * @param feature its word, for the thread names
     * @param virtualThreads whether blocking work runs on virtual threads; needs Java 21
     * @param drain how long {@link #close()} waits for work under way before it interrupts it
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
        synchronized (lifecycle) {
            requireOpen();
            if (scheduler == null) {
                var names = new CustomizableThreadCreator("redis-state-" + feature + "-tick-");
                names.setDaemon(true);
                scheduler = new ScheduledThreadPoolExecutor(1, names::createThread);
                scheduler.setRemoveOnCancelPolicy(true);
            }
            return scheduler;
        }
    }

    /**
     * For work that may block: a thread for each task, virtual ones if so configured.
     *
     * @throws IllegalStateException after {@link #close()}
     */
    public Executor executor() {
        synchronized (lifecycle) {
            requireOpen();
            if (executor == null) {
                executor = new SimpleAsyncTaskExecutor("redis-state-" + feature + "-");
                executor.setDaemon(true);
                executor.setVirtualThreads(virtualThreads);
                executor.setTaskTerminationTimeout(drain.toMillis());
            }
            return executor;
        }
    }

    /** Stops the ticks, waits for work under way, then interrupts it. */
    @Override
    public void close() {
        ScheduledThreadPoolExecutor ticks;
        SimpleAsyncTaskExecutor work;
        synchronized (lifecycle) {
            closed = true;
            ticks = scheduler;
            work = executor;
        }
        if (ticks != null) {
            ticks.shutdownNow();
        }
        if (work != null) {
            work.close();
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("The " + feature + " threads have ended: the application is shutting down");
        }
    }
}
