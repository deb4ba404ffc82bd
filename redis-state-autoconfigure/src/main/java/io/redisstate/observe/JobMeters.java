package io.redisstate.observe;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.redisstate.job.JobQueues;
import io.redisstate.job.JobStats;
import io.redisstate.job.JobWorker;
import io.redisstate.job.WorkerStatistics;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/**
 * Meters of the job queues that have workers in this application, with the queue as the tag {@code queue}. Of its worker:
 * counters {@code redis.state.job.completed}, {@code .failed}, {@code .lost}; timers {@code .handled} (handlers) and
 * {@code .waited} (from when a job was due until its first attempt began); the gauge {@code .running}. Of the whole queue:
 * gauges {@code .ready}, {@code .delayed}, {@code .held}, {@code .active}, {@code .dead}, {@code .workers} and
 * {@code .oldest} (seconds that the longest waiting job has been due).
 *
 * <p>Those of the worker cost nothing; those of the queue together one round trip when they are read, at most one in the
 * time they are kept. They are NaN while Redis can't be reached.
 *
 * @since 0.1
 */
public final class JobMeters implements MeterBinder {

    private static final String PREFIX = "redis.state.job.";
    private static final Duration KEPT = Duration.ofSeconds(5);

    private final JobQueues queues;
    private final Consumer<Consumer<JobWorker>> workers;
    private final Duration kept;

    /**
     * Meters.
     *
     * @param workers tells of each worker there is, and of each that is added
     */
    public JobMeters(JobQueues queues, Consumer<Consumer<JobWorker>> workers) {
        this(queues, workers, KEPT);
    }

    /**
     * Meters.
     *
     * @param workers tells of each worker there is, and of each that is added
     * @param kept for how long what is known about a queue is good enough; 5 s by default
     */
    public JobMeters(JobQueues queues, Consumer<Consumer<JobWorker>> workers, Duration kept) {
        this.queues = queues;
        this.workers = workers;
        this.kept = kept;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        workers.accept(worker -> bind(registry, worker));
    }

    private void bind(MeterRegistry registry, JobWorker worker) {
        Tags tags = Tags.of("queue", worker.queue());
        counter(registry, worker, tags, "completed", "Jobs done", WorkerStatistics::completed);
        counter(registry, worker, tags, "failed", "Attempts that failed", WorkerStatistics::failed);
        counter(registry, worker, tags, "lost", "Attempts whose lease had ended", WorkerStatistics::lost);
        timer(registry, worker, tags, "handled", "Calls of handlers", WorkerStatistics::handled, WorkerStatistics::ran);
        timer(
                registry,
                worker,
                tags,
                "waited",
                "From when a job was due until its first attempt began",
                WorkerStatistics::started,
                WorkerStatistics::waited);
        Gauge.builder(PREFIX + "running", worker, it -> it.statistics().running())
                .description("Jobs that the worker has and has not yet reported")
                .tags(tags)
                .register(registry);
        Snapshot queue = new Snapshot(() -> queues.queue(worker.queue()).stats(1), kept);
        gauge(registry, queue, tags, "ready", "Jobs that could begin", JobStats::waiting);
        gauge(registry, queue, tags, "delayed", "Jobs that are not due", JobStats::delayed);
        gauge(registry, queue, tags, "held", "Jobs that wait for others", JobStats::held);
        gauge(registry, queue, tags, "active", "Jobs that workers have", JobStats::active);
        gauge(registry, queue, tags, "dead", "Jobs that failed for good", JobStats::dead);
        gauge(registry, queue, tags, "workers", "Processes that work on the queue", JobStats::workers);
        Gauge.builder(
                        PREFIX + "oldest",
                        queue,
                        it -> it.value(stats -> stats.oldestWaiting().toMillis() / 1000.0))
                .description("For how long the longest waiting job has been due")
                .baseUnit("seconds")
                .strongReference(true)
                .tags(tags)
                .register(registry);
    }

    private static void counter(
            MeterRegistry registry,
            JobWorker worker,
            Tags tags,
            String name,
            String description,
            ToDoubleFunction<WorkerStatistics> value) {
        FunctionCounter.builder(PREFIX + name, worker, it -> value.applyAsDouble(it.statistics()))
                .description(description)
                .tags(tags)
                .register(registry);
    }

    private static void timer(
            MeterRegistry registry,
            JobWorker worker,
            Tags tags,
            String name,
            String description,
            ToLongFunction<WorkerStatistics> count,
            Function<WorkerStatistics, Duration> time) {
        FunctionTimer.builder(
                        PREFIX + name,
                        worker,
                        it -> count.applyAsLong(it.statistics()),
                        it -> time.apply(it.statistics()).toNanos(),
                        TimeUnit.NANOSECONDS)
                .description(description)
                .tags(tags)
                .register(registry);
    }

    private static void gauge(
            MeterRegistry registry,
            Snapshot queue,
            Tags tags,
            String name,
            String description,
            ToDoubleFunction<JobStats> value) {
        Gauge.builder(PREFIX + name, queue, it -> it.value(value))
                .description(description)
                .strongReference(true)
                .tags(tags)
                .register(registry);
    }
}
