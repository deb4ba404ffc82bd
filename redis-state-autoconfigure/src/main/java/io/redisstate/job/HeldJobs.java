package io.redisstate.job;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

/** The jobs that a worker has been given and has not yet reported. Thread-safe. */
final class HeldJobs {

    private static final Log LOG = LogFactory.getLog(HeldJobs.class);

    private final String queue;
    private final JobMeter meter;
    private final Map<String, JobExecution> held = new ConcurrentHashMap<>();
    private final Set<String> cancelledEarly = ConcurrentHashMap.newKeySet();

    HeldJobs(String queue, JobMeter meter) {
        this.queue = queue;
        this.meter = meter;
    }

    boolean isEmpty() {
        return held.isEmpty();
    }

    List<JobExecution> all() {
        return new ArrayList<>(held.values());
    }

    /** Jobs are about to be taken; what was cancelled before is no longer of interest. */
    void beforeTaking() {
        cancelledEarly.clear();
    }

    void add(JobExecution execution) {
        held.put(execution.id(), execution);
        if (cancelledEarly.remove(execution.id())) {
            execution.stop(JobExecution.Stop.CANCELLED);
        }
    }

    /** Somebody asks for the end of a job; nothing if this worker does not have it. */
    void cancel(String id) {
        // The job may be in a reply that is under way: then it is stopped when it has come.
        cancelledEarly.add(id);
        JobExecution execution = held.get(id);
        if (execution != null) {
            cancelledEarly.remove(id);
            execution.stop(JobExecution.Stop.CANCELLED);
        }
    }

    /** The lease of a job has ended before it was renewed. */
    void lost(JobExecution execution) {
        if (!execution.isReported() && held.remove(execution.id(), execution)) {
            meter.lost();
            LOG.warn("The lease of job " + execution.id() + " of queue '" + queue
                    + "' is lost: it was not renewed in time; another worker may have the job");
            execution.stop(JobExecution.Stop.LOST);
        }
    }

    /** It has ended without anything to report, as its lease is lost. */
    void endedLost(JobExecution execution) {
        if (held.remove(execution.id(), execution)) {
            meter.lost();
        }
    }

    /** Outcomes are about to be told. */
    void reporting(List<Outcome> outcomes) {
        for (Outcome outcome : outcomes) {
            JobExecution execution = held.get(outcome.job().id());
            if (execution != null) {
                execution.reported();
            }
        }
    }

    /**
     * Outcomes have been told.
     *
     * @param late the ids of those that were refused
     */
    void reported(List<Outcome> outcomes, List<String> late) {
        for (String id : late) {
            if (held.containsKey(id)) {
                meter.lost();
            }
            LOG.warn("The end of job " + id + " of queue '" + queue
                    + "' came after its lease; another worker may have run it too");
        }
        for (Outcome outcome : outcomes) {
            JobExecution execution = held.get(outcome.job().id());
            if (!late.contains(outcome.job().id())) {
                meter.ended(outcome.what());
            }
            // A job that went back may be ours again already.
            if (execution != null
                    && execution.job().fence().equals(outcome.job().fence())) {
                held.remove(outcome.job().id(), execution);
            }
        }
    }
}
