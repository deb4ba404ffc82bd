package io.redisstate.job;

import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * A job in the hands of this process, from when it is taken until Redis knows what became of it. Its thread is interrupted
 * only while the handler runs.
 */
final class JobExecution implements JobContext {

    /** Why a handler is interrupted. */
    enum Stop {
        /** Somebody asked for it. */
        CANCELLED,
        /** It took too long. */
        TIMEOUT,
        /** Another worker may have it. */
        LOST,
        /** This process ends. */
        SHUTDOWN
    }

    private static final Log LOG = LogFactory.getLog(JobExecution.class);

    private final TakenJob job;
    private final String queue;
    private final int maxAttempts;
    private final JobProtocol protocol;
    private final JobFormat format;
    private final long leaseMillis;
    private final long takenNanos = System.nanoTime();
    private final Object monitor = new Object();
    private final AtomicBoolean concluded = new AtomicBoolean();
    private @Nullable Thread runner;
    private volatile @Nullable Stop stop;
    private volatile boolean ended;

    JobExecution(
            TakenJob job, String queue, int maxAttempts, JobProtocol protocol, JobFormat format, long leaseMillis) {
        this.job = job;
        this.queue = queue;
        this.maxAttempts = maxAttempts;
        this.protocol = protocol;
        this.format = format;
        this.leaseMillis = leaseMillis;
    }

    TakenJob job() {
        return job;
    }

    long takenNanos() {
        return takenNanos;
    }

    @Nullable
    Stop stopReason() {
        return stop;
    }

    /** Whether the caller is the first to say what has become of it; nobody else is to be reported. */
    boolean conclude() {
        return concluded.compareAndSet(false, true);
    }

    /** Its end is being reported, so it may be gone from Redis. */
    void reported() {
        ended = true;
    }

    boolean isReported() {
        return ended;
    }

    /** The calling thread begins; false if it needn't any more. */
    boolean begin() {
        synchronized (monitor) {
            if (stop != null) {
                return false;
            }
            runner = Thread.currentThread();
            return true;
        }
    }

    /** The handler has returned; no interrupt of it is left behind. */
    void end() {
        synchronized (monitor) {
            runner = null;
        }
        if (Thread.interrupted()) {
            LOG.debug("The interrupt of job " + job.id() + " came to an end with it");
        }
    }

    /** Interrupts the handler, or keeps it from beginning; the first reason counts, unless the lease is lost later. */
    void stop(Stop reason) {
        synchronized (monitor) {
            if (stop == null || reason == Stop.LOST) {
                stop = reason;
            }
            if (runner != null) {
                runner.interrupt();
            }
        }
    }

    @Override
    public String id() {
        return job.id();
    }

    @Override
    public String queue() {
        return queue;
    }

    @Override
    public String type() {
        return job.stored().type();
    }

    @Override
    public int attempt() {
        return job.attempt();
    }

    @Override
    public int maxAttempts() {
        return maxAttempts;
    }

    @Override
    public Map<String, String> metadata() {
        return job.stored().metadata();
    }

    @Override
    public void progress(@Nullable Object progress) {
        String json = format.json(progress);
        try {
            if (!protocol.progress(job, json)) {
                stop(Stop.LOST);
            }
        } catch (RuntimeException ex) {
            LOG.debug("The progress of job " + job.id() + " could not be noted", ex);
        }
    }

    @Override
    public void heartbeat() {
        long answer = protocol.heartbeat(leaseMillis, List.of(job))[0];
        if (answer == 0) {
            stop = Stop.LOST;
            throw new JobLeaseLostException(job.id());
        }
        if (answer == 2 && stop == null) {
            stop = Stop.CANCELLED;
        }
    }

    @Override
    public boolean isCancelled() {
        return stop != null;
    }
}
