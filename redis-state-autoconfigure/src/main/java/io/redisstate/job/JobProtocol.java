package io.redisstate.job;

import io.redisstate.core.CallExecutor;
import io.redisstate.core.ClusterCheck;
import io.redisstate.core.KeySpace;
import io.redisstate.core.Reply;
import io.redisstate.core.Script;
import io.redisstate.core.ScriptCall;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataAccessException;

/** The scripts of one queue as calls, those of its {@link JobManagement} apart. */
final class JobProtocol {

    /** Jobs, ids or outcomes in one call of a script; Lua unpacks at most some 8,000 values. */
    static final int MAX_IN_CALL = 1000;

    private static final Script<List<@Nullable Object>> ENQUEUE = load("enqueue", Reply.LIST);
    private static final Script<Long> ENQUEUE_ONE = load("enqueue-one", Reply.LONG);
    private static final Script<List<@Nullable Object>> STEP = load("step", Reply.LIST);
    private static final Script<Long> LEAVE = load("leave", Reply.LONG);
    private static final Script<long[]> HEARTBEAT = load("heartbeat", Reply.LONGS);
    private static final Script<Long> PROGRESS = load("progress", Reply.LONG);
    private static final Script<List<@Nullable Object>> RESTORE = load("restore", Reply.LIST);
    private static final Script<long[]> DEFINE = load("define", Reply.LONGS);
    private static final Script<Long> TICK = load("tick", Reply.LONG);
    private static final Script<List<@Nullable Object>> SCHEDULES = load("schedules", Reply.LIST);

    private final CallExecutor calls;
    private final JobKeys keys;
    private final String queue;
    private final byte[] topic;
    private final ClusterCheck cluster;

    JobProtocol(CallExecutor calls, JobKeys keys, String queue, ClusterCheck cluster) {
        this.calls = calls;
        this.keys = keys;
        this.queue = queue;
        this.topic = KeySpace.bytes(topicOf(queue));
        this.cluster = cluster;
    }

    /** The topic of the wake-ups of a queue's workers; a line feed would end it. */
    static String topicOf(String queue) {
        return "job " + queue.replace('\n', ' ');
    }

    /**
     * A job as {@code accept.lua} takes it.
     *
     * @param lane its priority, a space and its group
     * @param plain whether it has no unique key and waits for no others
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Entry(String id, long due, String header, byte[] body, Lane lane, boolean plain) {}

    /**
     * Where a job queues up.
     *
     * @param group as it is in the header
     */
    record Lane(int priority, String group) {

        /** As {@code place.lua} reckons. */
        private static final long TIER = 1L << 42;

        private byte[] turnTaken() {
            return KeySpace.bytes("v" + priority);
        }

        private byte[] turnGiven() {
            return KeySpace.bytes("l" + priority + ' ' + group);
        }

        private byte[] firstScore() {
            return number((JobRequest.MAX_PRIORITY - priority) * TIER);
        }
    }

    /**
     * What the limits of a worker are.
     *
     * @param ratePermits 0 for no limit
     */
    record Limits(long leaseMillis, int attempts, long ratePermits, long ratePerMillis, int maxFinished, int maxDead) {}

    /** What can be done to jobs that are there. */
    JobManagement management() {
        return new JobManagement(calls, keys, topic, cluster);
    }

    /** For each entry the id that stands for it, in as few round trips as the client allows. */
    List<String> enqueue(List<Entry> entries) {
        List<String> ids = new ArrayList<>(entries.size());
        entries.forEach(entry -> ids.add(entry.id()));
        try {
            if (entries.size() == 1 && entries.get(0).plain() && entries.get(0).due() == 0) {
                calls.execute(enqueueOneCall(entries.get(0)));
            } else {
                enqueue(entries, ids);
            }
        } catch (DataAccessException ex) {
            throw isFull(ex) ? new JobQueueFullException(queue, ex) : ex;
        }
        return ids;
    }

    private void enqueue(List<Entry> entries, List<String> ids) {
        List<ScriptCall<List<@Nullable Object>>> chunks = new ArrayList<>();
        for (int from = 0; from < entries.size(); from += MAX_IN_CALL) {
            chunks.add(enqueueCall(entries.subList(from, Math.min(entries.size(), from + MAX_IN_CALL))));
        }
        if (chunks.size() == 1) {
            standIns(ids, 0, calls.execute(chunks.get(0)));
            return;
        }
        int from = 0;
        for (CallExecutor.Outcome<List<@Nullable Object>> outcome : calls.executeAll(chunks)) {
            standIns(ids, from, outcome.get());
            from += MAX_IN_CALL;
        }
    }

    private ScriptCall<Long> enqueueOneCall(Entry entry) {
        byte[] header = KeySpace.bytes(entry.header() + '\n');
        byte[] job = Arrays.copyOf(header, header.length + entry.body().length);
        System.arraycopy(entry.body(), 0, job, header.length, entry.body().length);
        Lane lane = entry.lane();
        List<byte[]> arguments = List.of(
                topic,
                cluster(),
                KeySpace.bytes(entry.id()),
                job,
                lane.turnTaken(),
                lane.turnGiven(),
                lane.firstScore());
        return new ScriptCall<>(ENQUEUE_ONE, keys.one(), arguments, true);
    }

    private ScriptCall<List<@Nullable Object>> enqueueCall(List<Entry> entries) {
        List<byte[]> arguments = new ArrayList<>(2 + 4 * entries.size());
        arguments.add(topic);
        arguments.add(cluster());
        boolean plain = true;
        for (Entry entry : entries) {
            plain &= entry.plain();
            add(arguments, entry);
        }
        // Ids are unique, so a job that is known already is not enqueued again.
        return new ScriptCall<>(ENQUEUE, plain ? keys.plain() : keys.all(), arguments, true);
    }

    private static void add(List<byte[]> arguments, Entry entry) {
        arguments.add(KeySpace.bytes(entry.id()));
        arguments.add(number(entry.due()));
        arguments.add(KeySpace.bytes(entry.header()));
        arguments.add(entry.body());
    }

    private static void standIns(List<String> ids, int from, List<@Nullable Object> reply) {
        for (int i = 0; i < reply.size(); i += 2) {
            ids.set(from + (int) Step.number(reply.get(i)), Step.text(reply.get(i + 1)));
        }
    }

    private static boolean isFull(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            String message = cause.getMessage();
            if (message != null && (message.startsWith("OOM ") || message.contains("-OOM command not allowed"))) {
                return true;
            }
        }
        return false;
    }

    Step step(String channel, int want, Limits limits, String statistics, List<Outcome> outcomes) {
        List<byte[]> arguments = new ArrayList<>(11 + 5 * outcomes.size());
        arguments.add(topic);
        arguments.add(KeySpace.bytes(channel));
        arguments.add(cluster());
        arguments.add(number(Math.min(want, MAX_IN_CALL)));
        arguments.add(number(limits.leaseMillis()));
        arguments.add(number(limits.attempts()));
        arguments.add(number(limits.ratePermits()));
        arguments.add(number(limits.ratePerMillis()));
        arguments.add(number(limits.maxFinished()));
        arguments.add(number(limits.maxDead()));
        arguments.add(KeySpace.bytes(statistics));
        for (Outcome outcome : outcomes) {
            arguments.add(KeySpace.bytes(outcome.job().id()));
            arguments.add(KeySpace.bytes(outcome.job().fence()));
            arguments.add(KeySpace.bytes(outcome.what().code()));
            arguments.add(number(outcome.number()));
            arguments.add(KeySpace.bytes(outcome.text()));
        }
        // Outcomes are fenced, but a reply that is lost takes the jobs with it until their leases end.
        return Step.of(calls.execute(new ScriptCall<>(STEP, keys.all(), arguments, false)));
    }

    /** The worker of the channel ends. */
    void leave(String channel, String statistics) {
        run(LEAVE, false, topic, KeySpace.bytes(channel), cluster(), KeySpace.bytes(statistics));
    }

    /** For each job: 1 renewed, 0 lost, 2 renewed and to be cancelled. */
    long[] heartbeat(long leaseMillis, List<TakenJob> jobs) {
        List<byte[]> arguments = new ArrayList<>(1 + 2 * jobs.size());
        arguments.add(number(leaseMillis));
        for (TakenJob job : jobs) {
            arguments.add(KeySpace.bytes(job.id()));
            arguments.add(KeySpace.bytes(job.fence()));
        }
        return calls.execute(new ScriptCall<>(HEARTBEAT, keys.all(), arguments, true));
    }

    boolean progress(TakenJob job, String json) {
        return run(PROGRESS, true, KeySpace.bytes(job.id()), KeySpace.bytes(job.fence()), KeySpace.bytes(json)) == 1;
    }

    /** Looks for jobs that are in no set any more; how many there were. */
    long restore() {
        String cursor = "0";
        long restored = 0;
        do {
            List<@Nullable Object> page = run(RESTORE, true, KeySpace.bytes(cursor), topic, cluster());
            cursor = Step.text(page.get(0));
            restored += Step.number(page.get(1));
        } while (!cursor.equals("0"));
        return restored;
    }

    /** {what, now}, see {@code define.lua}. */
    long[] define(String name, String definition, String firstTick) {
        return run(
                DEFINE,
                true,
                topic,
                cluster(),
                KeySpace.bytes(name),
                KeySpace.bytes(definition),
                KeySpace.bytes(firstTick));
    }

    /** @param entry null to skip the tick */
    boolean tick(String name, long tick, long next, @Nullable Entry entry) {
        List<byte[]> arguments =
                new ArrayList<>(List.of(topic, cluster(), KeySpace.bytes(name), number(tick), number(next)));
        if (entry != null) {
            add(arguments, entry);
        }
        return run(TICK, true, arguments.toArray(new byte[0][])) == 1;
    }

    List<@Nullable Object> schedules() {
        return run(SCHEDULES, true);
    }

    private <T> T run(Script<T> script, boolean repeatable, byte[]... arguments) {
        return calls.execute(new ScriptCall<>(script, keys.all(), List.of(arguments), repeatable));
    }

    static <T> Script<T> load(String name, Reply<T> reply) {
        return Script.load(JobProtocol.class, name, reply);
    }

    private byte[] cluster() {
        return flag(cluster.getAsBoolean());
    }

    static byte[] flag(boolean flag) {
        return KeySpace.bytes(flag ? "1" : "0");
    }

    static byte[] number(long number) {
        return KeySpace.bytes(Long.toString(number));
    }
}
