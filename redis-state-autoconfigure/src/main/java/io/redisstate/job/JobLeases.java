package io.redisstate.job;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

/**
 * Renews the leases of all jobs a worker holds, each third of the lease, and looks now and then for jobs of which somebody
 * has deleted the record.
 */
final class JobLeases {

    private static final Log LOG = LogFactory.getLog(JobLeases.class);
    private static final int MAX_IN_CALL = 500;

    private final String queue;
    private final JobProtocol protocol;
    private final HeldJobs jobs;
    private final Duration lease;
    private int beats;

    JobLeases(String queue, JobProtocol protocol, HeldJobs jobs, Duration lease) {
        this.queue = queue;
        this.protocol = protocol;
        this.jobs = jobs;
        this.lease = lease;
    }

    void start(ScheduledExecutorService scheduler) {
        long period = lease.toMillis() / 3;
        ScheduledFuture<?> unused = scheduler.scheduleWithFixedDelay(this::beat, period, period, TimeUnit.MILLISECONDS);
    }

    private void beat() {
        try {
            renew();
            if (++beats % 3 == 0) {
                long restored = protocol.restore();
                if (restored > 0) {
                    LOG.warn(restored + " jobs of queue '" + queue
                            + "' were in no set: somebody has deleted keys of it." + " They are ready again");
                }
            }
        } catch (Throwable ex) {
            // An exception that got out would end the schedule.
            LOG.debug("The leases of queue '" + queue + "' could not be renewed and are tried again", ex);
        }
    }

    private void renew() {
        List<JobExecution> held = jobs.all();
        for (int from = 0; from < held.size(); from += MAX_IN_CALL) {
            renew(held.subList(from, Math.min(held.size(), from + MAX_IN_CALL)));
        }
    }

    private void renew(List<JobExecution> held) {
        List<TakenJob> taken = held.stream().map(JobExecution::job).toList();
        long[] answers = protocol.heartbeat(lease.toMillis(), taken);
        for (int i = 0; i < answers.length; i++) {
            if (answers[i] == 0) {
                jobs.lost(held.get(i));
            } else if (answers[i] == 2) {
                held.get(i).stop(JobExecution.Stop.CANCELLED);
            }
        }
    }
}
