package io.redisstate.job;

import io.redisstate.core.WakeUps;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Works on one queue: takes jobs under a lease, renews it, calls handlers and reports what became of the jobs.
 *
 * <p>Ended jobs are reported and new ones taken in one round trip, up to a batch at a time; without jobs, the worker waits
 * to be woken and looks by itself only each third of the lease, or when something is due. Leases are renewed each third of
 * them. A worker that dies frees its jobs when their lease ends. While Redis is away, handlers go on, and what they return
 * is reported as soon as it is back.
 *
 * <p>One thread {@code redis-state-job-<queue>}, one for leases, one for timeouts if there are any, and one for each job that
 * runs at the same time. Thread-safe.
 *
 * @since 0.1
 */
public final class JobWorker implements AutoCloseable {

    private final JobQueue queue;
    private final JobFormat format;
    private final WakeUps wakeUps;
    private final WorkerOptions options;
    private final Map<String, JobHandlerDefinition> handlers;
    private final List<Recurrence> recurrences;
    private final Object lifecycle = new Object();
    private final JobMeter meter = new JobMeter();
    private @Nullable WorkerRun run;

    private JobWorker(Builder builder) {
        this.queue = builder.queue;
        this.format = builder.format;
        this.wakeUps = builder.wakeUps;
        this.options = builder.options();
        this.handlers = Map.copyOf(builder.handlers);
        this.recurrences = List.copyOf(builder.recurrences);
    }

    /** The queue's name. */
    public String queue() {
        return queue.name();
    }

    /** The types it handles. */
    public Set<String> types() {
        return handlers.keySet();
    }

    /** Begins to take jobs; does nothing if it has begun. Does not wait for Redis. */
    public void start() {
        synchronized (lifecycle) {
            if (run == null) {
                run = WorkerRun.start(queue, format, wakeUps, options, handlers, recurrences, meter);
            }
        }
    }

    /** Whether it has been started, not stopped, and its thread lives. */
    public boolean isRunning() {
        synchronized (lifecycle) {
            return run != null && run.loop().isAlive();
        }
    }

    /** What it has done and is doing; without a round trip. */
    public WorkerStatistics statistics() {
        synchronized (lifecycle) {
            return run == null
                    ? meter.statistics(WorkerStatistics.State.STOPPED, 0)
                    : run.loop().statistics();
        }
    }

    /**
     * Takes no more jobs, gives back those that have not begun, and waits for those that run; after the time to drain it
     * interrupts them, and they go back too without having counted as attempts.
     */
    public void stop() {
        WorkerRun ending;
        synchronized (lifecycle) {
            ending = run;
            run = null;
        }
        if (ending != null) {
            ending.stop(options.drain());
        }
    }

    /** As {@link #stop()}. */
    @Override
    public void close() {
        stop();
    }

    /** Options of a worker. */
    public static final class Builder {

        private static final Duration LONGEST = Duration.ofDays(365);

        private final JobQueue queue;
        private final JobFormat format;
        private final WakeUps wakeUps;
        private final Map<String, JobHandlerDefinition> handlers = new TreeMap<>();
        private final List<Recurrence> recurrences = new ArrayList<>();
        private int concurrency = 1;
        private int batch = 50;
        private Duration lease = Duration.ofSeconds(30);
        private int attempts = 5;
        private Backoff backoff = Backoff.DEFAULT;
        private Duration timeout = Duration.ZERO;
        private Duration keepResults = Duration.ofHours(1);
        private int maxFinished = 10_000;
        private int maxDead = 10_000;
        private int ratePermits;
        private Duration ratePer = Duration.ofSeconds(1);
        private Duration drain = Duration.ofSeconds(30);
        private boolean virtualThreads;

        Builder(JobQueue queue, JobFormat format, WakeUps wakeUps) {
            this.queue = queue;
            this.format = format;
            this.wakeUps = wakeUps;
        }

        /**
         * Who handles the jobs of a type.
         *
         * @throws IllegalArgumentException if somebody does already
         */
        public Builder handler(JobHandlerDefinition handler) {
            if (handlers.putIfAbsent(handler.type(), handler) != null) {
                throw new IllegalArgumentException(
                        "Jobs of type '" + handler.type() + "' in queue '" + queue.name() + "' have two handlers");
            }
            return this;
        }

        /** Who handles the jobs of a type, with the worker's options. */
        public <T> Builder handler(String type, Class<T> payloadType, JobFunction<T> function) {
            return handler(JobHandlerDefinition.of(type, (Type) payloadType, function));
        }

        /** A recurring job to be {@linkplain JobQueue#schedule(Recurrence) scheduled} before the first job is taken. */
        public Builder recurrence(Recurrence recurrence) {
            recurrences.add(recurrence);
            return this;
        }

        /** How many jobs run at the same time; 1 to 10,000, default 1. */
        public Builder concurrency(int jobs) {
            concurrency = requireBetween("concurrency", jobs, 1, 10_000);
            return this;
        }

        /** How many jobs are taken and reported in one round trip where they are short; 1 to 500, default 50. */
        public Builder batch(int jobs) {
            batch = requireBetween("batch", jobs, 1, 500);
            return this;
        }

        /** How long a job stays with a worker that died; from 500 ms, default 30 s. */
        public Builder lease(Duration time) {
            lease = requireBetween("lease", time, Duration.ofMillis(500));
            return this;
        }

        /** After how many attempts a job is dead, where neither it nor its handler says; from 1, default 5. */
        public Builder attempts(int most) {
            attempts = requireBetween("attempts", most, 1, Integer.MAX_VALUE);
            return this;
        }

        /** How long to wait between attempts, where neither job nor handler says; default {@link Backoff#DEFAULT}. */
        public Builder backoff(Backoff waits) {
            backoff = waits;
            return this;
        }

        /** After how long attempts are interrupted, where neither job nor handler says; zero, the default, for never. */
        public Builder timeout(Duration limit) {
            timeout = requireBetween("timeout", limit, Duration.ZERO);
            return this;
        }

        /** How long jobs with a result can be looked at, where neither job nor handler says; default 1 h. */
        public Builder keepResults(Duration time) {
            keepResults = requireBetween("keepResults", time, Duration.ZERO);
            return this;
        }

        /** How many finished jobs are kept at most, those to be forgotten first go first; default 10,000. */
        public Builder maxFinished(int jobs) {
            maxFinished = requireBetween("maxFinished", jobs, 0, 10_000_000);
            return this;
        }

        /** How many dead jobs are kept at most, those that died first go first; default 10,000. */
        public Builder maxDead(int jobs) {
            maxDead = requireBetween("maxDead", jobs, 1, 10_000_000);
            return this;
        }

        /**
         * How many jobs begin in a time, over all workers that say the same: evenly spaced, with a tenth of the time, at
         * most 100 ms of it, to catch up. By default there is no limit.
         *
         * @param per from 1 ms
         */
        public Builder rateLimit(int jobs, Duration per) {
            ratePermits = requireBetween("rateLimit", jobs, 1, 1_000_000);
            ratePer = requireBetween("period of the rateLimit", per, Duration.ofMillis(1));
            return this;
        }

        /** How long a stop waits for jobs that run; default 30 s. */
        public Builder drain(Duration limit) {
            drain = requireBetween("drain", limit, Duration.ZERO);
            return this;
        }

        /** Whether handlers run on virtual threads; needs Java 21; default false. */
        public Builder virtualThreads(boolean virtual) {
            virtualThreads = virtual;
            return this;
        }

        private WorkerOptions options() {
            return new WorkerOptions(
                    concurrency,
                    batch,
                    lease,
                    attempts,
                    backoff,
                    timeout,
                    keepResults,
                    maxFinished,
                    maxDead,
                    ratePermits,
                    ratePer,
                    drain,
                    virtualThreads);
        }

        /** The worker, not started. */
        public JobWorker build() {
            if (handlers.isEmpty()) {
                throw new IllegalStateException("The worker of queue '" + queue.name() + "' has no handler");
            }
            return new JobWorker(this);
        }

        private int requireBetween(String what, int given, int least, int most) {
            if (given < least || given > most) {
                throw new IllegalArgumentException("The " + what + " of the worker of queue '" + queue.name() + "' is "
                        + given + "; allowed are " + least + " to " + most);
            }
            return given;
        }

        private Duration requireBetween(String what, Duration given, Duration least) {
            if (given.compareTo(least) < 0 || given.compareTo(LONGEST) > 0) {
                throw new IllegalArgumentException("The " + what + " of the worker of queue '" + queue.name() + "' is "
                        + given + "; allowed are " + least + " to " + LONGEST);
            }
            return given;
        }
    }
}
