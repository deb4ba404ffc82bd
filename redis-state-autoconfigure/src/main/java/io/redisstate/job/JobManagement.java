package io.redisstate.job;

import io.redisstate.core.CallExecutor;
import io.redisstate.core.ClusterCheck;
import io.redisstate.core.KeySpace;
import io.redisstate.core.Reply;
import io.redisstate.core.Script;
import io.redisstate.core.ScriptCall;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The scripts with which one looks after the jobs of a queue, as calls. */
final class JobManagement {

    private static final Script<Long> CANCEL = JobProtocol.load("cancel", Reply.LONG);
    private static final Script<Long> REMOVE = JobProtocol.load("remove", Reply.LONG);
    private static final Script<Long> DRAIN = JobProtocol.load("drain", Reply.LONG);
    private static final Script<Long> PRIORITISE = JobProtocol.load("prioritise", Reply.LONG);
    private static final Script<Long> PROMOTE = JobProtocol.load("promote", Reply.LONG);
    private static final Script<Long> REQUEUE = JobProtocol.load("requeue", Reply.LONG);
    private static final Script<Long> PAUSE = JobProtocol.load("pause", Reply.LONG);
    private static final Script<List<@Nullable Object>> INFO = JobProtocol.load("info", Reply.LIST);
    private static final Script<List<@Nullable Object>> LIST = JobProtocol.load("list", Reply.LIST);
    private static final Script<List<@Nullable Object>> STATS = JobProtocol.load("stats", Reply.LIST);

    private final CallExecutor calls;
    private final JobKeys keys;
    private final byte[] topic;
    private final ClusterCheck cluster;

    JobManagement(CallExecutor calls, JobKeys keys, byte[] topic, ClusterCheck cluster) {
        this.calls = calls;
        this.keys = keys;
        this.topic = topic;
        this.cluster = cluster;
    }

    long cancel(String id) {
        return run(CANCEL, false, topic, KeySpace.bytes(id));
    }

    long remove(List<String> ids) {
        return run(REMOVE, false, texts(ids));
    }

    long drain(int count, boolean delayed) {
        return run(DRAIN, false, JobProtocol.number(count), JobProtocol.flag(delayed));
    }

    boolean prioritise(String id, int priority) {
        return run(PRIORITISE, true, KeySpace.bytes(id), JobProtocol.number(priority)) == 1;
    }

    boolean promote(String id) {
        return run(PROMOTE, false, topic, JobProtocol.flag(cluster.getAsBoolean()), KeySpace.bytes(id)) == 1;
    }

    long requeue(int ofAll, List<String> ids) {
        List<byte[]> arguments =
                new ArrayList<>(List.of(topic, JobProtocol.flag(cluster.getAsBoolean()), JobProtocol.number(ofAll)));
        ids.forEach(id -> arguments.add(KeySpace.bytes(id)));
        return run(REQUEUE, false, arguments.toArray(new byte[0][]));
    }

    boolean pause(boolean paused) {
        return run(PAUSE, true, topic, JobProtocol.flag(paused)) == 1;
    }

    List<@Nullable Object> info(String id) {
        return run(INFO, true, KeySpace.bytes(id));
    }

    List<@Nullable Object> list(JobState state, String from, int count) {
        return run(
                LIST,
                true,
                KeySpace.bytes(state.set()),
                KeySpace.bytes(state.ending()),
                KeySpace.bytes(from),
                JobProtocol.number(count));
    }

    List<@Nullable Object> stats(int minutes) {
        return run(STATS, true, JobProtocol.number(minutes));
    }

    private <T> T run(Script<T> script, boolean repeatable, byte[]... arguments) {
        return calls.execute(new ScriptCall<>(script, keys.all(), List.of(arguments), repeatable));
    }

    private static byte[][] texts(List<String> texts) {
        return texts.stream().map(KeySpace::bytes).toArray(byte[][]::new);
    }
}
