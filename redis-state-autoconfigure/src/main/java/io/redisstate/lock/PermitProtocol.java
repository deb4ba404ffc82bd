package io.redisstate.lock;

import io.redisstate.core.CallExecutor;
import io.redisstate.core.KeySpace;
import io.redisstate.core.Reply;
import io.redisstate.core.Script;
import io.redisstate.core.ScriptCall;
import java.util.List;
import java.util.function.BooleanSupplier;

/** The scripts of permits as calls, all repeatable. */
final class PermitProtocol {

    private static final Script<long[]> ACQUIRE = Script.load(PermitProtocol.class, "permits-acquire", Reply.LONGS);
    private static final Script<Long> RELEASE = Script.load(PermitProtocol.class, "permits-release", Reply.LONG);
    private static final Script<Long> RESIZE = Script.load(PermitProtocol.class, "permits-resize", Reply.LONG);
    private static final Script<Long> RENEW = Script.load(PermitProtocol.class, "permits-renew", Reply.LONG);
    private static final String AS_PROCESSES_SAY = "-";
    private static final long QUEUE_EXTRA_MILLIS = 60_000;

    private final CallExecutor calls;
    private final KeySpace keys;
    private final String channel;
    private final BooleanSupplier cluster;

    PermitProtocol(CallExecutor calls, KeySpace keys, String channel, BooleanSupplier cluster) {
        this.calls = calls;
        this.keys = keys;
        this.channel = channel;
        this.cluster = cluster;
    }

    /**
     * What is asked for.
     *
     * @param capacity how many permits there are, if that was not set for all processes
     */
    record Request(String name, String lease, int permits, int capacity, long leaseMillis) {}

    /**
     * {@code {1, server's time in us}} if they are held, else {@code {0, ms until the next holder's end or -1, how many permits
     * there are}}.
     */
    long[] acquire(Request request, boolean queue) {
        List<String> names = names(request.name);
        ScriptCall<long[]> call = queue
                ? ACQUIRE.call(
                        names,
                        request.lease,
                        request.permits,
                        request.leaseMillis,
                        request.capacity,
                        flag(),
                        entry(request),
                        request.leaseMillis + QUEUE_EXTRA_MILLIS)
                : ACQUIRE.call(names, request.lease, request.permits, request.leaseMillis, request.capacity, flag());
        return calls.execute(call.asRepeatable());
    }

    boolean release(Request request) {
        return calls.execute(RELEASE.call(names(request.name), request.lease, request.permits, request.capacity, flag())
                        .asRepeatable())
                == 1;
    }

    void cancel(Request request) {
        calls.execute(RELEASE.call(
                        names(request.name), request.lease, request.permits, request.capacity, flag(), entry(request))
                .asRepeatable());
    }

    ScriptCall<Long> renewal(Request request) {
        return RENEW.call(List.of(keys.key(request.name)), request.lease, request.permits, request.leaseMillis)
                .asRepeatable();
    }

    /** How many permits there are. */
    int capacity(String name, int said) {
        return resized(RESIZE.call(names(name), said, flag()));
    }

    void setCapacity(String name, int said, int permits) {
        int unused = resized(RESIZE.call(names(name), said, flag(), permits));
    }

    int resetCapacity(String name, int said) {
        return resized(RESIZE.call(names(name), said, flag(), AS_PROCESSES_SAY));
    }

    private int resized(ScriptCall<Long> call) {
        return calls.execute(call.asRepeatable()).intValue();
    }

    private List<String> names(String name) {
        return List.of(keys.key(name), keys.key(name, "wait"), keys.key(name, "permits"));
    }

    private String entry(Request request) {
        return channel + '\n' + request.lease + '\n' + request.permits + '\n' + request.leaseMillis;
    }

    private int flag() {
        return cluster.getAsBoolean() ? 1 : 0;
    }
}
