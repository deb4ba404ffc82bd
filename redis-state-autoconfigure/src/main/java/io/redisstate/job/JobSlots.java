package io.redisstate.job;

import io.redisstate.core.FeatureThreads;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Threads that run what is put here, so many at a time, in order; they end after a while without work. Thread-safe. */
final class JobSlots {

    private static final long LINGER_SECONDS = 10;

    private final BlockingQueue<JobExecution> waiting = new LinkedBlockingQueue<>();
    private final AtomicInteger threads = new AtomicInteger();
    private final AtomicInteger busy = new AtomicInteger();
    private final Set<Thread> idle = ConcurrentHashMap.newKeySet();
    private final int size;
    private final FeatureThreads executors;
    private final Consumer<JobExecution> work;
    private volatile boolean closed;

    JobSlots(int size, FeatureThreads executors, Consumer<JobExecution> work) {
        this.size = size;
        this.executors = executors;
        this.work = work;
    }

    void add(List<JobExecution> executions) {
        waiting.addAll(executions);
        startThreads();
    }

    private void startThreads() {
        int wanted = Math.min(size, busy.get() + waiting.size());
        for (int now = threads.get(); now < wanted; now = threads.get()) {
            if (threads.compareAndSet(now, now + 1)) {
                executors.executor().execute(this::run);
            }
        }
    }

    private void run() {
        try {
            JobExecution next = next();
            while (next != null) {
                busy.incrementAndGet();
                try {
                    work.accept(next);
                } finally {
                    busy.decrementAndGet();
                }
                next = next();
            }
        } catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
        } finally {
            threads.decrementAndGet();
            if (!waiting.isEmpty() && !closed) {
                startThreads();
            }
        }
    }

    private @Nullable JobExecution next() throws InterruptedException {
        JobExecution next = waiting.poll();
        if (next != null) {
            return next;
        }
        Thread thread = Thread.currentThread();
        idle.add(thread);
        try {
            return closed ? null : waiting.poll(LINGER_SECONDS, TimeUnit.SECONDS);
        } finally {
            idle.remove(thread);
        }
    }

    /** Ends the threads that have nothing to do; the others follow. */
    void close() {
        closed = true;
        idle.forEach(Thread::interrupt);
    }

    /** Those that no thread has begun, which none will now. */
    List<JobExecution> takeBack() {
        List<JobExecution> back = new ArrayList<>();
        waiting.drainTo(back);
        return back;
    }

    int waiting() {
        return waiting.size();
    }

    /** Whether nothing waits and somebody is free. */
    boolean isHungry() {
        return waiting.isEmpty() && busy.get() < size;
    }

    /** Whether a thread could begin now what waits. */
    boolean isSaturated() {
        return busy.get() >= size;
    }
}
