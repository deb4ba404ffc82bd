package io.redisstate.job;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/** Calls the handler of a job and says what became of it. Thread-safe. */
final class JobRunner {

    private static final Log LOG = LogFactory.getLog(JobRunner.class);
    private static final int STACK_CHARACTERS = 4_000;

    private final String queue;
    private final Map<String, JobHandlerDefinition> handlers;
    private final WorkerOptions options;
    private final JobFormat format;
    private final Supplier<ScheduledExecutorService> timer;
    private final JobMeter meter;

    JobRunner(
            String queue,
            Map<String, JobHandlerDefinition> handlers,
            WorkerOptions options,
            JobFormat format,
            Supplier<ScheduledExecutorService> timer,
            JobMeter meter) {
        this.queue = queue;
        this.handlers = handlers;
        this.options = options;
        this.format = format;
        this.timer = timer;
        this.meter = meter;
    }

    int maxAttempts(TakenJob job) {
        JobHandlerDefinition handler = handlers.get(job.stored().type());
        if (job.stored().attempts() > 0) {
            return job.stored().attempts();
        }
        return handler == null || handler.attempts() == 0 ? options.attempts() : handler.attempts();
    }

    /** Null if the lease is lost: then nobody wants to know. */
    @Nullable
    Outcome run(JobExecution execution) {
        TakenJob job = execution.job();
        long begun = System.nanoTime();
        if (job.attempt() == 1 && job.stored().after().isEmpty()) {
            meter.waited(job.takenMicros()
                    - job.stored().dueMillis() * 1000
                    + TimeUnit.NANOSECONDS.toMicros(begun - execution.takenNanos()));
        }
        if (!execution.begin()) {
            return stopped(execution);
        }
        Outcome outcome;
        ScheduledFuture<?> timeout = null;
        try {
            JobHandlerDefinition handler = handlers.get(job.stored().type());
            timeout = startTimeout(execution, handler);
            outcome = completed(execution, handler, call(handler, execution));
        } catch (Throwable ex) {
            outcome = failed(execution, unwrapped(ex));
        } finally {
            execution.end();
            if (timeout != null) {
                timeout.cancel(false);
            }
        }
        meter.ran(TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - begun));
        if (execution.stopReason() == JobExecution.Stop.LOST) {
            return null;
        }
        count(outcome);
        return outcome;
    }

    private @Nullable Outcome stopped(JobExecution execution) {
        if (execution.stopReason() == JobExecution.Stop.LOST) {
            return null;
        }
        return notBegun(execution);
    }

    /** What becomes of a job whose handler has not been called. */
    Outcome notBegun(JobExecution execution) {
        TakenJob job = execution.job();
        return execution.stopReason() == JobExecution.Stop.CANCELLED
                ? Outcome.cancelled(job, Duration.ofMillis(job.stored().keepMillis()))
                : Outcome.notBegun(job);
    }

    private void count(@Nullable Outcome outcome) {
        if (outcome != null && outcome.what() == Outcome.What.COMPLETED) {
            meter.completed();
        } else if (outcome != null && (outcome.what() == Outcome.What.AGAIN || outcome.what() == Outcome.What.DEAD)) {
            meter.failed();
        }
    }

    private @Nullable ScheduledFuture<?> startTimeout(JobExecution execution, @Nullable JobHandlerDefinition handler) {
        long millis = timeout(execution.job(), handler).toMillis();
        return millis == 0
                ? null
                : timer.get().schedule(() -> execution.stop(JobExecution.Stop.TIMEOUT), millis, TimeUnit.MILLISECONDS);
    }

    private Duration timeout(TakenJob job, @Nullable JobHandlerDefinition handler) {
        if (job.stored().timeoutMillis() > 0) {
            return Duration.ofMillis(job.stored().timeoutMillis());
        }
        return handler == null || handler.timeout() == null ? options.timeout() : handler.timeout();
    }

    private Duration keep(TakenJob job, @Nullable JobHandlerDefinition handler, @Nullable Object result) {
        if (job.stored().keepMillis() > 0) {
            return Duration.ofMillis(job.stored().keepMillis());
        }
        if (result == null) {
            return Duration.ZERO;
        }
        return handler == null || handler.keepResult() == null ? options.keepResults() : handler.keepResult();
    }

    private @Nullable Object call(@Nullable JobHandlerDefinition handler, JobExecution execution) throws Exception {
        if (handler == null) {
            throw new IllegalStateException("No handler for jobs of type '" + execution.type() + "' in queue '" + queue
                    + "' in this process; there are " + handlers.keySet());
        }
        Object payload;
        try {
            payload = format.codec().decode(execution.job().stored().payload(), handler.payloadType());
        } catch (IllegalArgumentException ex) {
            throw new NonRetryableJobException(
                    "The payload can't be read as " + handler.payloadType().getTypeName(), ex);
        }
        @SuppressWarnings({"unchecked", "NullAway"}) // as the definition's payload type says
        JobFunction<@Nullable Object> function = (JobFunction<@Nullable Object>) handler.function();
        Object result = function.handle(payload, execution);
        return result instanceof CompletionStage<?> stage
                ? stage.toCompletableFuture().get()
                : result;
    }

    private Outcome completed(JobExecution execution, @Nullable JobHandlerDefinition handler, @Nullable Object result) {
        String json;
        try {
            json = result == null ? "" : format.json(result);
        } catch (RuntimeException | StackOverflowError ex) {
            // The work is done, so it must not be done again, however many attempts there are.
            return dead(
                    execution.job(),
                    described(
                            execution.job(),
                            new NonRetryableJobException(
                                    "The handler has completed, but its result can't be written as JSON", ex)));
        }
        return Outcome.completed(execution.job(), keep(execution.job(), handler, result), json);
    }

    private static Throwable unwrapped(Throwable failure) {
        Throwable cause = failure instanceof ExecutionException || failure instanceof CompletionException
                ? failure.getCause()
                : null;
        return cause == null ? failure : cause;
    }

    private @Nullable Outcome failed(JobExecution execution, Throwable failure) {
        TakenJob job = execution.job();
        JobExecution.Stop stop = execution.stopReason();
        if (stop == JobExecution.Stop.LOST || failure instanceof JobLeaseLostException) {
            return null;
        }
        if (stop == JobExecution.Stop.SHUTDOWN) {
            return Outcome.notBegun(job);
        }
        if (stop == JobExecution.Stop.CANCELLED) {
            return Outcome.cancelled(job, Duration.ofMillis(job.stored().keepMillis()));
        }
        JobHandlerDefinition handler = handlers.get(job.stored().type());
        Throwable cause = stop == JobExecution.Stop.TIMEOUT
                ? new JobTimeoutException(job.id(), timeout(job, handler), failure)
                : failure;
        Description description = described(job, cause);
        if (isFinal(cause, handler) || job.attempt() >= execution.maxAttempts()) {
            return dead(job, description);
        }
        Duration wait = cause instanceof RetryJobAfterException later
                ? later.delay()
                : backoff(job, handler).after(job.attempt());
        LOG.debug("Job " + job.id() + " is tried again after " + wait + ": " + description.stack);
        return Outcome.again(job, wait, description.json);
    }

    private Outcome dead(TakenJob job, Description description) {
        LOG.warn("Job " + job.id() + " (" + job.stored().type() + ") of queue '" + queue + "' is dead after attempt "
                + job.attempt() + ": " + description.text);
        return Outcome.dead(job, description.json);
    }

    /**
     * What can be said about a failure.
     *
     * @param json as it is kept with the job
     */
    private record Description(String json, String text, String stack) {}

    private Description described(TakenJob job, Throwable failure) {
        String type = failure.getClass().getName();
        try {
            String stack = stackOf(failure);
            return new Description(
                    format.error(job.attempt(), type, failure.getMessage(), stack), failure.toString(), stack);
        } catch (Throwable ex) {
            // Exceptions are anybody's code. One that can't tell what it is must not keep the job's end from being
            // told.
            String text = "It can't be described: " + ex.getClass().getName();
            return new Description(format.error(job.attempt(), type, text, ""), type + ": " + text, type);
        }
    }

    private Backoff backoff(TakenJob job, @Nullable JobHandlerDefinition handler) {
        Backoff own = job.stored().backoff();
        if (own != null) {
            return own;
        }
        Backoff handlers = handler == null ? null : handler.backoff();
        return handlers == null ? options.backoff() : handlers;
    }

    private static boolean isFinal(Throwable cause, @Nullable JobHandlerDefinition handler) {
        return cause instanceof NonRetryableJobException
                || handler != null && handler.noRetryFor().stream().anyMatch(type -> type.isInstance(cause));
    }

    private static String stackOf(Throwable failure) {
        StringWriter text = new StringWriter();
        failure.printStackTrace(new PrintWriter(text));
        return text.getBuffer()
                .substring(0, Math.min(STACK_CHARACTERS, text.getBuffer().length()));
    }
}
