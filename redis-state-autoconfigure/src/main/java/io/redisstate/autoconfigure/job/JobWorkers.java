package io.redisstate.autoconfigure.job;

import io.redisstate.job.JobQueues;
import io.redisstate.job.JobWorker;
import io.redisstate.job.method.JobHandlerMethods;
import io.redisstate.job.method.QueueHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.springframework.context.SmartLifecycle;

/**
 * The workers of an application, one for each queue that has handlers. They begin once it has started, and stop, all at a
 * time, before anything else does, so that handlers find what they need until they have ended.
 *
 * @since 0.1
 */
public final class JobWorkers implements SmartLifecycle {

    private final JobQueues queues;
    private final JobProperties properties;
    private final JobHandlerMethods methods;
    private final boolean virtualThreads;
    private final List<JobWorker> workers = new ArrayList<>();
    private final List<Consumer<JobWorker>> watchers = new ArrayList<>();
    private volatile boolean running;

    JobWorkers(JobQueues queues, JobProperties properties, JobHandlerMethods methods, boolean virtualThreads) {
        this.queues = queues;
        this.properties = properties;
        this.methods = methods;
        this.virtualThreads = virtualThreads;
    }

    /** The workers. */
    public List<JobWorker> workers() {
        synchronized (workers) {
            return List.copyOf(workers);
        }
    }

    /** Is told of each worker there is, and of each that is added. */
    public void watch(Consumer<JobWorker> watcher) {
        synchronized (workers) {
            watchers.add(watcher);
            workers.forEach(watcher);
        }
    }

    @Override
    public void start() {
        running = true;
        synchronized (workers) {
            if (workers.isEmpty()) {
                methods.queues().stream()
                        .filter(handlers -> properties.worksOn(handlers.queue()))
                        .forEach(handlers -> add(worker(handlers)));
            }
            workers.forEach(JobWorker::start);
        }
    }

    private void add(JobWorker worker) {
        workers.add(worker);
        watchers.forEach(watcher -> watcher.accept(worker));
    }

    private JobWorker worker(QueueHandlers handlers) {
        JobWorker.Builder worker = queues.worker(handlers.queue()).virtualThreads(virtualThreads);
        properties.apply(handlers, worker);
        handlers.handlers().forEach(worker::handler);
        handlers.recurrences().forEach(worker::recurrence);
        return worker.build();
    }

    @Override
    public void stop() {
        stopping().join();
    }

    @Override
    public void stop(Runnable callback) {
        CompletableFuture<Void> unused = stopping().whenComplete((done, failure) -> callback.run());
    }

    private CompletableFuture<Void> stopping() {
        running = false;
        Stream<CompletableFuture<Void>> stops = workers().stream().map(worker -> {
            CompletableFuture<Void> stopped = new CompletableFuture<>();
            Thread thread = new Thread(
                    () -> {
                        worker.stop();
                        stopped.complete(null);
                    },
                    "redis-state-job-stop-" + worker.queue());
            thread.setDaemon(true);
            thread.start();
            return stopped;
        });
        return CompletableFuture.allOf(stops.toArray(CompletableFuture[]::new));
    }

    @Override
    public boolean isRunning() {
        return running;
    }
}
