package io.redisstate.job;

import io.redisstate.core.KeySpace;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * A queue of jobs.
 *
 * <p>Jobs run at least once: what {@link #enqueue(JobRequest)} has acknowledged is kept by Redis until a worker has
 * reported its end. A worker that dies is noticed when its lease ends, and the job runs elsewhere; so does one whose worker
 * was cut off, although it may have done its work. The higher priority goes first, strictly; within one, groups take turns;
 * within a group, the order is that of enqueueing. Time is the Redis server's.
 *
 * <p>All keys of a queue are in one hash slot, and queues spread over a cluster. Thread-safe. Methods take one round trip
 * unless they say otherwise, and throw a {@link org.springframework.dao.DataAccessException} if Redis can't be asked.
 *
 * @since 0.1
 */
public final class JobQueue {

    private static final int MAX_PAGE = 500;
    private static final Pattern CURSOR = Pattern.compile("([0-9.e+]+ .+)?");
    private static final int MAX_MINUTES = 60;

    private final String name;
    private final JobProtocol protocol;
    private final JobManagement management;
    private final JobFormat format;
    private final JobIds ids;
    private final JobDescriptions descriptions;
    private final Recurrences recurrences;

    JobQueue(String name, JobProtocol protocol, JobFormat format, JobIds ids) {
        this.name = name;
        this.protocol = protocol;
        this.management = protocol.management();
        this.format = format;
        this.ids = ids;
        this.descriptions = new JobDescriptions(name, format);
        this.recurrences = new Recurrences(name, protocol, format);
    }

    /** Its name. */
    public String name() {
        return name;
    }

    JobProtocol protocol() {
        return protocol;
    }

    Recurrences recurrences() {
        return recurrences;
    }

    /**
     * Enqueues a job. A call whose reply is lost is repeated under the same id, so while the job is there, or dead, it makes
     * no second one. If it has run and is forgotten by then, it runs again, as jobs may.
     *
     * @throws JobQueueFullException if Redis has no memory left; nothing was enqueued
     * @throws IllegalArgumentException if the payload can't be written as JSON
     */
    public EnqueuedJob enqueue(JobRequest request) {
        return enqueueAll(List.of(request)).get(0);
    }

    /**
     * Enqueues many jobs in one round trip; each 1,000 of them all or none. The results are in the order of the requests.
     *
     * @throws JobQueueFullException if Redis has no memory left; of more than 1,000 jobs, some may have been enqueued
     * @throws IllegalArgumentException if a payload can't be written as JSON; nothing was enqueued
     */
    public List<EnqueuedJob> enqueueAll(List<JobRequest> requests) {
        if (requests.isEmpty()) {
            return List.of();
        }
        List<JobProtocol.Entry> entries = new ArrayList<>(requests.size());
        for (JobRequest request : requests) {
            entries.add(entry(ids.next(), request));
        }
        return send(entries);
    }

    private List<EnqueuedJob> send(List<JobProtocol.Entry> entries) {
        List<String> standing = protocol.enqueue(entries);
        List<EnqueuedJob> jobs = new ArrayList<>(entries.size());
        for (int i = 0; i < entries.size(); i++) {
            String id = standing.get(i);
            jobs.add(new EnqueuedJob(id, id.equals(entries.get(i).id())));
        }
        return jobs;
    }

    private JobProtocol.Entry entry(String id, JobRequest request) {
        return new JobProtocol.Entry(
                id,
                request.due(),
                format.header(request),
                format.body(request),
                format.lane(request),
                request.isPlain());
    }

    /**
     * Enqueues a job once the surrounding transaction has committed, and not if it rolls back; at once if there is none.
     * The payload is written now; a failure to enqueue is thrown to whoever commits. If the process dies between the commit and the enqueueing, there is no job.
     *
     * @return its id; a request with a unique key that another job stands for gives an id that never exists
     */
    public String enqueueAfterCommit(JobRequest request) {
        JobProtocol.Entry entry = entry(ids.next(), request);
        if (!TransactionSynchronizationManager.isSynchronizationActive()) {
            return send(List.of(entry)).get(0).id();
        }
        TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {
            @Override
            public void afterCommit() {
                send(List.of(entry));
            }
        });
        return entry.id();
    }

    /**
     * Cancels a job that is not finished. One that waits is gone at once. The handler of one that runs is interrupted, and
     * the job ends unless the handler completes it all the same.
     *
     * @return false if there is no such unfinished job
     */
    public boolean cancel(String id) {
        return management.cancel(id) > 0;
    }

    /** Changes the priority of an unfinished job; false if there is none. It goes behind others of that priority. */
    public boolean reprioritise(String id, int priority) {
        JobRequest.requirePriority(priority);
        return management.prioritise(id, priority);
    }

    /** Makes a delayed job ready now; false if it is not delayed. */
    public boolean promote(String id) {
        return management.promote(id);
    }

    /**
     * Makes a dead job ready, with all its attempts before it. Its errors stay known.
     *
     * @return false if it is not dead, or stays so because another job stands for its unique key by now
     */
    public boolean requeueDead(String id) {
        return management.requeue(0, List.of(id)) == 1;
    }

    /**
     * Makes dead jobs ready, of those that died first at most so many of 1 to 1,000; those whose unique key another job stands
     * for by now stay dead.
     *
     * @return how many are ready
     */
    public long requeueAllDead(int limit) {
        return management.requeue(requireBetween("number of dead jobs", limit, JobProtocol.MAX_IN_CALL), List.of());
    }

    /** Removes a dead or finished job; false if there is none. */
    public boolean remove(String id) {
        return management.remove(List.of(id)) == 1;
    }

    /**
     * Removes all jobs that are ready, or not due either; running, held and dead ones stay. A round trip for each 500.
     *
     * @return how many
     */
    public long drain(boolean delayedToo) {
        long removed = 0;
        long last;
        do {
            last = management.drain(MAX_PAGE, delayedToo);
            removed += last;
        } while (last > 0);
        return removed;
    }

    /** Lets workers take no more jobs, in any process, until {@link #resume()}; those that run go on. */
    public boolean pause() {
        return management.pause(true);
    }

    /** Ends a {@link #pause()}; false if there was none. */
    public boolean resume() {
        return management.pause(false);
    }

    /** A job as it stands; empty if it doesn't exist, or any more. */
    public Optional<JobInfo> find(String id) {
        return descriptions.read(management.info(id), 0).stream().findFirst();
    }

    /**
     * The result of a completed job, as long as it is kept.
     *
     * @return empty if it is not completed, has no result or is not kept any more
     * @throws IllegalArgumentException if it is not of that type
     */
    public <T> Optional<T> result(String id, Class<T> type) {
        String json = find(id).map(JobQueue::resultOf).orElse("null");
        return Optional.ofNullable(format.codec().decode(KeySpace.bytes(json), type));
    }

    private static String resultOf(JobInfo job) {
        String result = job.result();
        return result == null ? "null" : result;
    }

    /**
     * Jobs of a state: as they will run; active ones by the end of their lease, dead ones the latest first, finished ones by
     * the end of their keeping, the latest first. Of finished ones a page looks at some 1,000, so it may hold fewer than asked
     * for, or none, and still have a next one.
     *
     * @param from empty, or what the page before says
     * @param count how many at most, 1 to 500
     */
    public JobPage list(JobState state, String from, int count) {
        if (!CURSOR.matcher(from).matches()) {
            throw new IllegalArgumentException("'" + from + "' is not what a page says about the next one");
        }
        var reply = management.list(state, from, requireBetween("page's size", count, MAX_PAGE));
        String next = Step.text(reply.get(0));
        return new JobPage(descriptions.read(reply, 1), next.isEmpty() ? Optional.empty() : Optional.of(next));
    }

    /** Figures, those of the latest minutes among them: 1 to 60, the current one included. */
    public JobStats stats(int minutes) {
        return descriptions.stats(management.stats(requireBetween("number of minutes", minutes, MAX_MINUTES)), minutes);
    }

    /**
     * Defines a recurring job, or changes it; if it is defined like that already, nothing happens, and ticks that were missed
     * meanwhile are treated as its misfire policy says. It recurs while this queue has workers, until
     * {@link #unschedule(String)}. One or two round trips.
     *
     * @return false if it was defined like that already
     */
    public boolean schedule(Recurrence recurrence) {
        return recurrences.define(recurrence);
    }

    /** Ends a recurring job; jobs of past ticks still run. False if there was none. */
    public boolean unschedule(String recurrence) {
        return recurrences.remove(recurrence);
    }

    /** All recurring jobs of this queue. */
    public List<ScheduledRecurrence> schedules() {
        return recurrences.list();
    }

    private static int requireBetween(String what, int given, int most) {
        if (given < 1 || given > most) {
            throw new IllegalArgumentException("The " + what + " is " + given + "; allowed are 1 to " + most);
        }
        return given;
    }

    @Override
    public String toString() {
        return "JobQueue[" + name + ']';
    }
}
