package io.redisstate.job;

import io.redisstate.core.FeatureThreads;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

/**
 * The one thread of a worker that talks to the queue. Each trip reports what has ended and takes as many jobs as there is
 * room for; in between it waits to be woken, or until something is due.
 *
 * <p>Besides one for each slot, so many more jobs are taken as will begin within some milliseconds, going by how long the
 * latest took. Those that don't after all go back.
 */
final class JobLoop {

    private static final Log LOG = LogFactory.getLog(JobLoop.class);

    private static final long REPORT_NANOS = TimeUnit.SECONDS.toNanos(1);
    /** Of a failure that nothing can be said about, perhaps as there is no memory to say it with. */
    private static final String UNREPORTED =
            "{\"attempt\":0,\"at\":0,\"type\":\"unreported\",\"message\":\"The failure could not be described\"}";

    private static final Duration UNREPORTED_WAIT = Duration.ofSeconds(1);

    private static final long TICK_RETRY_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final String queue;
    private final String channel;
    private final WorkerOptions options;
    private final JobProtocol protocol;
    private final JobRunner runner;
    private final JobFormat format;
    private final Recurrences recurrences;
    private final Queue<Recurrence> toBeScheduled;
    private final JobMeter meter;
    private final JobSlots<JobExecution> slots;
    private final JobProtocol.Limits limits;
    private final long pollNanos;
    private final HeldJobs held;
    private final Outcomes outcomes;
    private final TakeAhead ahead;
    private final AtomicInteger open = new AtomicInteger();
    private final Thread thread;

    private volatile boolean signalled;
    private volatile boolean woken;
    private volatile boolean stopping;
    private boolean mayHaveWork = true;
    private long nextLookNanos = System.nanoTime();
    private long nextReportNanos = nextLookNanos;
    private long oldestAheadNanos;
    private int failures;
    private volatile boolean away;

    JobLoop(String queue, String channel, Duration safetyPoll, int mostAttempts, WorkerOptions options, Parts parts) {
        this.queue = queue;
        this.channel = channel;
        this.options = options;
        this.protocol = parts.protocol;
        this.runner = parts.runner;
        this.format = parts.format;
        this.recurrences = parts.recurrences;
        this.toBeScheduled = new ArrayDeque<>(parts.toBeScheduled);
        this.meter = parts.meter;
        this.held = new HeldJobs(queue, meter);
        this.slots = new JobSlots<>(options.concurrency(), parts.threads, this::work);
        this.outcomes = new Outcomes(options.batch());
        this.ahead = new TakeAhead(options.concurrency(), options.batch());
        this.limits = options.limits(mostAttempts);
        this.pollNanos = Math.min(safetyPoll.toNanos(), options.lease().toNanos() / 3);
        this.thread = new Thread(this::loop, "redis-state-job-" + queue);
        thread.setDaemon(true);
    }

    /** What a loop works with. */
    record Parts(
            JobProtocol protocol,
            JobRunner runner,
            JobFormat format,
            Recurrences recurrences,
            List<Recurrence> toBeScheduled,
            JobMeter meter,
            FeatureThreads threads) {}

    void start() {
        thread.start();
    }

    boolean isAlive() {
        return thread.isAlive();
    }

    /** There may be jobs. Neither blocks nor asks Redis. */
    void wake() {
        woken = true;
        signal();
    }

    HeldJobs held() {
        return held;
    }

    WorkerStatistics statistics() {
        WorkerStatistics.State state = away ? WorkerStatistics.State.DISCONNECTED : WorkerStatistics.State.RUNNING;
        return meter.statistics(
                thread.isAlive() ? state : WorkerStatistics.State.DEAD,
                held.all().size());
    }

    /** Takes no more jobs, waits for those that run and reports them; after the limit it interrupts and gives back. */
    void stop(Duration limit) {
        stopping = true;
        signal();
        join(limit);
        if (thread.isAlive()) {
            held.all().forEach(execution -> execution.stop(JobExecution.Stop.SHUTDOWN));
            join(Duration.ofSeconds(2));
        }
        if (thread.isAlive()) {
            // Handlers that don't listen go on, but whatever they return is too late.
            held.all().forEach(execution -> end(execution, Outcome.notBegun(execution.job())));
            join(Duration.ofSeconds(3));
            thread.interrupt();
        }
        slots.close();
    }

    private void join(Duration limit) {
        try {
            thread.join(Math.max(1, limit.toMillis()));
        } catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
        }
    }

    private void signal() {
        signalled = true;
        LockSupport.unpark(thread);
    }

    // Other threads: the slots

    private void work(JobExecution execution) {
        long begun = System.nanoTime();
        Outcome outcome;
        try {
            outcome = runner.run(execution);
        } catch (Throwable ex) {
            outcome = unreported(execution);
        }
        ahead.took(System.nanoTime() - begun);
        open.decrementAndGet();
        if (outcome == null) {
            held.endedLost(execution);
            signal();
        } else {
            end(execution, outcome);
        }
    }

    private static Outcome unreported(JobExecution execution) {
        return execution.attempt() >= execution.maxAttempts()
                ? Outcome.dead(execution.job(), UNREPORTED)
                : Outcome.again(execution.job(), UNREPORTED_WAIT, UNREPORTED);
    }

    private void end(JobExecution execution, Outcome outcome) {
        if (execution.conclude() && (outcomes.add(outcome) || slots.isHungry())) {
            signal();
        }
    }

    // The loop's own thread

    private void loop() {
        while (!(stopping && held.isEmpty())) {
            if (Thread.interrupted()) {
                return;
            }
            try {
                giveBack();
                long wait = nanosUntilNextStep();
                if (wait > 0) {
                    await(wait);
                } else {
                    step();
                }
            } catch (Throwable ex) {
                // Whatever it is: without this thread, jobs would be held and their leases renewed for ever.
                LOG.error("The worker of queue '" + queue + "' goes on after an unexpected failure", ex);
                await(TimeUnit.SECONDS.toNanos(1));
            }
        }
        leave();
    }

    /** Nobody shall wake a worker that has ended; those who would are not told otherwise in a cluster. */
    private void leave() {
        if (away) {
            return;
        }
        try {
            protocol.leave(channel, meter.take());
        } catch (RuntimeException ex) {
            LOG.debug("The worker of queue '" + queue + "' could not say that it has ended", ex);
        }
    }

    private void await(long nanos) {
        if (!signalled) {
            LockSupport.parkNanos(this, nanos);
        }
        signalled = false;
    }

    /** Jobs that were taken ahead and have not begun: when stopping, or when those before them take long. */
    private void giveBack() {
        if (slots.waiting() == 0) {
            oldestAheadNanos = 0;
            return;
        }
        long now = System.nanoTime();
        if (oldestAheadNanos == 0 || !slots.isSaturated()) {
            oldestAheadNanos = now;
            slots.startThreads();
        }
        if (stopping || now - oldestAheadNanos > TakeAhead.TOO_LONG_NANOS) {
            ahead.wasTooMuch();
            for (JobExecution execution : slots.takeBack()) {
                open.decrementAndGet();
                end(execution, runner.notBegun(execution));
            }
        }
    }

    private int room() {
        return stopping ? 0 : options.concurrency() + ahead.jobs() - open.get();
    }

    private long nanosUntilNextStep() {
        long now = System.nanoTime();
        if (failures > 0) {
            return nextLookNanos - now;
        }
        if (woken) {
            woken = false;
            mayHaveWork = true;
        }
        int room = room();
        if (mayHaveWork && room > 0 && (slots.isHungry() || room > (options.concurrency() + ahead.jobs()) / 2)) {
            return 0;
        }
        long wait = outcomes.nanosUntilFlush(now, nextLookNanos - now);
        if (open.get() == 0 && !outcomes.isEmpty()) {
            return 0;
        }
        if (meter.hasUnreported()) {
            wait = Math.min(wait, Math.max(0, nextReportNanos - now));
        }
        return slots.waiting() > 0 ? Math.min(wait, TakeAhead.TOO_LONG_NANOS) : wait;
    }

    private void step() {
        held.beforeTaking();
        List<Outcome> sent = outcomes.take();
        held.reporting(sent);
        int want = Math.max(0, room());
        String statistics = "";
        long now = System.nanoTime();
        if (now - nextReportNanos >= 0 || stopping) {
            statistics = meter.take();
            nextReportNanos = now + REPORT_NANOS;
        }
        Step step;
        try {
            recurrences.defineAll(toBeScheduled);
            step = protocol.step(channel, want, limits, statistics, sent);
        } catch (Throwable ex) {
            failed(sent, ex);
            return;
        }
        failures = 0;
        away = false;
        held.reported(sent, step.late());
        take(step);
        mayHaveWork = want > 0 ? step.jobs().size() == Math.min(want, JobProtocol.MAX_IN_CALL) : mayHaveWork;
        long wait = step.next() == null
                ? pollNanos
                : Math.min(pollNanos, step.next().toNanos());
        nextLookNanos = System.nanoTime() + wait;
        if (!step.ticks().isEmpty()) {
            nextLookNanos = System.nanoTime() + (recurrences.fire(step.ticks(), step.now()) ? 0 : TICK_RETRY_NANOS);
        }
    }

    private void failed(List<Outcome> sent, Throwable failure) {
        outcomes.putBack(sent);
        failures++;
        away = true;
        long millis = Math.min(1_000, 50L << Math.min(failures, 5));
        nextLookNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        mayHaveWork = true;
        if (failures == 1) {
            LOG.warn("The worker of queue '" + queue + "' can't reach it and tries again until it can: " + failure);
        } else {
            LOG.debug("The queue '" + queue + "' is still away", failure);
        }
    }

    private void take(Step step) {
        for (TakenJob job : step.unreadable()) {
            JobExecution execution = execution(job);
            held.add(execution);
            end(
                    execution,
                    Outcome.dead(job, format.error(job.attempt(), "unreadable", "The job's data can't be read", "")));
        }
        if (step.jobs().isEmpty()) {
            return;
        }
        List<JobExecution> executions = new ArrayList<>(step.jobs().size());
        for (TakenJob job : step.jobs()) {
            JobExecution execution = execution(job);
            held.add(execution);
            executions.add(execution);
        }
        open.addAndGet(executions.size());
        slots.add(executions);
    }

    private JobExecution execution(TakenJob job) {
        return new JobExecution(
                job,
                queue,
                runner.maxAttempts(job),
                protocol,
                format,
                options.lease().toMillis());
    }
}
