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
final class JobSlots<T> {

    private static final long LINGER_SECONDS = 10;

    private final BlockingQueue<T> waiting = new LinkedBlockingQueue<>();
    private final AtomicInteger threads = new AtomicInteger();
    /** Those that wait and those that run: one number, so that none is missed on its way from one to the other. */
    private final AtomicInteger open = new AtomicInteger();

    private final Set<Thread> idle = ConcurrentHashMap.newKeySet();
    private final int size;
    private final FeatureThreads executors;
    private final Consumer<T> work;
    private volatile boolean closed;

    JobSlots(int size, FeatureThreads executors, Consumer<T> work) {
        this.size = size;
        this.executors = executors;
        this.work = work;
    }

    void add(List<T> work) {
        open.addAndGet(work.size());
        waiting.addAll(work);
        startThreads();
    }

    /** As many as there is work for. Only needed again if it failed. */
    void startThreads() {
        int wanted = Math.min(size, open.get());
        for (int now = threads.get(); now < wanted; now = threads.get()) {
            if (threads.compareAndSet(now, now + 1)) {
                startThread();
            }
        }
    }

    private void startThread() {
        boolean started = false;
        try {
            executors.executor().execute(this::run);
            started = true;
        } finally {
            if (!started) {
                threads.decrementAndGet();
            }
        }
    }

    private void run() {
        try {
            T next = next();
            while (next != null) {
                try {
                    work.accept(next);
                } finally {
                    open.decrementAndGet();
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

    private @Nullable T next() throws InterruptedException {
        T next = waiting.poll();
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
    List<T> takeBack() {
        List<T> back = new ArrayList<>();
        waiting.drainTo(back);
        open.addAndGet(-back.size());
        return back;
    }

    int waiting() {
        return waiting.size();
    }

    /** Whether more could begin at once. */
    boolean isHungry() {
        return open.get() < size;
    }

    /** Whether what waits can't begin now. */
    boolean isSaturated() {
        return open.get() - waiting.size() >= size;
    }
}
