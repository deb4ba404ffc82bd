package io.redisstate.observe;

import io.redisstate.job.JobWorker;
import io.redisstate.job.WorkerStatistics;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/**
 * Health of the workers of job queues: down if one that has been started does not work, because its thread has ended or because
 * it can't reach its queue. Each queue is a detail; no round trips.
 *
 * @since 0.1
 */
public final class JobHealth extends AbstractHealthIndicator {

    private final Supplier<? extends Collection<JobWorker>> workers;

    /** Health of those workers that there are at the time. */
    public JobHealth(Supplier<? extends Collection<JobWorker>> workers) {
        super("The health of job workers could not be found out");
        this.workers = workers;
    }

    @Override
    protected void doHealthCheck(Health.Builder builder) {
        builder.up();
        for (JobWorker worker : workers.get()) {
            WorkerStatistics statistics = worker.statistics();
            if (statistics.state() == WorkerStatistics.State.DEAD
                    || statistics.state() == WorkerStatistics.State.DISCONNECTED) {
                builder.down();
            }
            Map<String, Object> details = new LinkedHashMap<>();
            details.put("state", statistics.state().name());
            details.put("running", statistics.running());
            details.put("completed", statistics.completed());
            details.put("failed", statistics.failed());
            details.put("lost", statistics.lost());
            builder.withDetail(worker.queue(), details);
        }
    }
}
