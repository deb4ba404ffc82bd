package io.redisstate.sample;

import io.redisstate.job.JobContext;
import io.redisstate.job.JobError;
import io.redisstate.job.JobHandler;
import io.redisstate.job.JobInfo;
import io.redisstate.job.JobQueue;
import io.redisstate.job.JobQueues;
import io.redisstate.job.JobRequest;
import io.redisstate.job.JobRetry;
import io.redisstate.job.JobState;
import io.redisstate.job.JobStats;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.springframework.stereotype.Component;

/** Confirmations of sold seats, sent as jobs: whichever instance is free sends them, again after failures. */
@Component
class Outbox {

    static final String QUEUE = "confirmation";

    private static final int SHOWN = 30;
    private static final List<JobState> STATES =
            List.of(JobState.DEAD, JobState.ACTIVE, JobState.WAITING, JobState.DELAYED, JobState.COMPLETED);

    private final JobQueue queue;
    private final MailServer mails;

    Outbox(JobQueues queues, MailServer mails) {
        this.queue = queues.queue(QUEUE);
        this.mails = mails;
    }

    /** The payload of a job. */
    record Confirmation(String client, int seat) {}

    /** A line of the page. */
    record Line(String id, String state, int attempts, String payload, String error) {

        static Line of(JobInfo job) {
            return new Line(
                    job.id(),
                    job.state().name(),
                    job.attempts(),
                    job.payload(),
                    job.lastError().map(JobError::message).orElse(""));
        }
    }

    /** What the page shows. */
    record View(JobStats stats, boolean mailServerUp, long delivered, List<Line> jobs) {}

    /** Once the sale has been committed; a sale that is rolled back is not confirmed. */
    void confirm(String client, int seat) {
        queue.enqueueAfterCommit(
                JobRequest.of(QUEUE, new Confirmation(client, seat)).withKeep(Duration.ofMinutes(10)));
    }

    @JobHandler(
            value = QUEUE,
            concurrency = "4",
            timeout = "10s",
            retry = @JobRetry(attempts = "3", backoff = "500ms", maxBackoff = "5s"))
    public void send(Confirmation confirmation, JobContext job) {
        mails.deliver(job.id(), confirmation.client(), "You have seat " + confirmation.seat());
    }

    View view() {
        List<Line> lines = new ArrayList<>();
        for (JobState state : STATES) {
            if (lines.size() < SHOWN) {
                queue.list(state, "", SHOWN - lines.size()).jobs().forEach(job -> lines.add(Line.of(job)));
            }
        }
        return new View(queue.stats(5), mails.isUp(), mails.delivered(), lines);
    }

    long requeueAll() {
        return queue.requeueAllDead(1_000);
    }

    boolean requeue(String id) {
        return queue.requeueDead(id);
    }
}
