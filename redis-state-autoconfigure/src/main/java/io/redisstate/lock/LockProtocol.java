package io.redisstate.lock;

import io.redisstate.core.CallExecutor;
import io.redisstate.core.KeySpace;
import io.redisstate.core.Reply;
import io.redisstate.core.Script;
import io.redisstate.core.ScriptCall;
import io.redisstate.core.WakeUps;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * The three scripts of a lock, one string per name, and the shorter ways to take and give back one that is free. Every call
 * is repeatable: the id of a request is known before it is sent, and each script recognises what it has done already.
 * Thread-safe.
 */
final class LockProtocol {

    private static final Log LOG = LogFactory.getLog(LockProtocol.class);

    static final Script<long[]> ACQUIRE = Script.load(LockProtocol.class, "acquire", Reply.LONGS);
    static final Script<long[]> RELEASE = Script.load(LockProtocol.class, "release", Reply.LONGS);
    private static final Script<@Nullable Object> SET = Script.command("SET", Reply.BYTES.mixed());
    private static final ScriptCall<@Nullable Object> TIME =
            Script.command("TIME", Reply.LIST.mixed()).call(List.of()).asRepeatable();
    private static final byte[] NX = KeySpace.bytes("NX");
    private static final byte[] PX = KeySpace.bytes("PX");
    static final Script<Long> RENEW = Script.load(LockProtocol.class, "renew", Reply.LONG);

    /** How long a key outlives its lease, so that the queue survives a holder that died. */
    static final Duration GRACE = Duration.ofSeconds(10);

    /** How long after the lease of a dead holder each waiter has, to take the lock before the next one may. */
    static final Duration TURN = Duration.ofMillis(200);

    /** What became of a release. */
    enum Released {
        /** It was another's or nobody's. */
        NOT_OWNER,
        /** It is free or passed on. */
        DONE,
        /** The successor has it. */
        KEPT,
        /** Another process has it, the successor is queued. */
        YIELDED,
        /** Redis could not be asked. */
        UNKNOWN
    }

    /** What became of a release, and the ownership of the successor if it has got it. */
    record Release(Released what, @Nullable Grant grant) {}

    /** The reply to a short release of a lock that others wait for: nothing was done. */
    private static final long WAITERS = -1;

    private final CallExecutor calls;
    private final KeySpace keys;
    private final String channel;
    private final long safetyPollNanos;
    private final BooleanSupplier cluster;

    /** Where a name, by its hash, was found taken the last time. No more than a hint: a race costs one round trip. */
    private final boolean[] contended = new boolean[1024];

    /**
     * The protocol for one service.
     *
     * @param wakeUps where this process is woken, and how often it looks by itself
     * @param cluster whether the server is a cluster, where PUBLISH does not count the subscribers of other nodes
     */
    LockProtocol(CallExecutor calls, KeySpace keys, WakeUps wakeUps, BooleanSupplier cluster) {
        this.calls = calls;
        this.keys = keys;
        this.channel = wakeUps.channel();
        this.safetyPollNanos = wakeUps.safetyPoll().toNanos();
        this.cluster = cluster;
    }

    String key(String name) {
        return keys.key(name);
    }

    /** Asks for the lock; notes in the request what Redis replied. Null if it is taken. */
    @Nullable
    Grant acquire(RemoteRequest request, boolean queue) {
        List<String> lock = List.of(key(request.name()));
        long life = life(request.leaseMillis());
        if (!request.answered() && isLikelyFree(request.name())) {
            Grant free = takeFree(request, lock, life);
            if (free != null) {
                return free;
            }
            noteContended(request.name(), true);
        }
        ScriptCall<long[]> call = (queue
                        ? ACQUIRE.call(lock, request.id(), life, line(request))
                        : ACQUIRE.call(lock, request.id(), life))
                .asRepeatable();
        long sent = System.nanoTime();
        long[] reply = calls.execute(call);
        if (reply.length == 1) {
            noteContended(request.name(), false);
            return new Grant(reply[0], fullLease(request, sent));
        }
        if (reply[0] == 1) {
            return new Grant(reply[1], sent + (reply[3] * 1000 - reply[2]) * 1000);
        }
        request.queued(sent, reply[2], reply[3], safetyPollNanos);
        return null;
    }

    /**
     * Takes a lock that nobody has or waits for by two plain commands in one pipeline, which cost the server less than the
     * script does. They are not one step: another could own the lock between them, and this token be the greater one, but
     * only if the lease ended before the second ran, and then it has ended here too.
     *
     * @return null if it is taken, or perhaps was taken by this very request; the script knows
     */
    private @Nullable Grant takeFree(RemoteRequest request, List<String> lock, long life) {
        ScriptCall<@Nullable Object> set =
                SET.call(lock, request.id(), NX, PX, life).asRepeatable();
        long sent = System.nanoTime();
        List<CallExecutor.Outcome<@Nullable Object>> outcomes =
                calls.executeAll(List.<ScriptCall<@Nullable Object>>of(set, TIME));
        boolean done = outcomes.get(0).get() != null;
        if (!done || !(outcomes.get(1).get() instanceof List<?> time)) {
            return null;
        }
        long token = number(time.get(0)) * 1_000_000 + number(time.get(1));
        long deadline = fullLease(request, sent);
        return deadline - System.nanoTime() > 0 ? new Grant(token, deadline) : null;
    }

    private static long number(@Nullable Object digits) {
        return Long.parseLong(String.valueOf(Reply.text(digits)));
    }

    /** When a lease ends that began after a moment. One millisecond less: Redis counts in whole ones. */
    private static long fullLease(RemoteRequest request, long sent) {
        return sent + (request.leaseMillis() - 1) * 1_000_000;
    }

    /** On a cluster a command without a key could run on any node. */
    private boolean isLikelyFree(String name) {
        return !contended[place(name)] && !cluster.getAsBoolean();
    }

    private void noteContended(String name, boolean value) {
        int place = place(name);
        if (contended[place] != value) {
            contended[place] = value;
        }
    }

    private int place(String name) {
        int hash = name.hashCode();
        return (hash ^ hash >>> 16) & contended.length - 1;
    }

    /**
     * Gives up a request, whether it owns the lock or waits for it. Never throws.
     *
     * @param nextToken the smallest fencing token the next owner may have; 0 if the request never owned the lock
     * @param holdMillis for how long nobody may have the lock
     * @param successor who gets it if no other process waits, and is queued else
     */
    Release release(RemoteRequest request, long nextToken, long holdMillis, @Nullable RemoteRequest successor) {
        // Also by a thread that was interrupted, whose calls some clients refuse: else the lock would stay taken.
        boolean interrupted = Thread.interrupted();
        try {
            if (successor == null && holdMillis == 0 && isLikelyFree(request.name())) {
                long[] reply = calls.execute(
                        RELEASE.call(List.of(key(request.name())), request.id()).asRepeatable());
                if (reply[0] != WAITERS) {
                    return new Release(Released.values()[(int) reply[0]], null);
                }
                noteContended(request.name(), true);
            }
            ScriptCall<long[]> call = releaseCall(request, nextToken, holdMillis, successor);
            long sent = System.nanoTime();
            long[] reply = calls.execute(call);
            Released what = Released.values()[(int) reply[0]];
            if (what == Released.KEPT) {
                return new Release(what, new Grant(reply[1], sent + (reply[3] * 1000 - reply[2]) * 1000));
            }
            if (what == Released.YIELDED && successor != null) {
                successor.queued(sent, reply[2], reply[3], safetyPollNanos);
            }
            return new Release(what, null);
        } catch (RuntimeException ex) {
            LOG.warn("The lock '" + request.name() + "' could not be released and stays taken until its lease ends: "
                    + ex);
            return new Release(Released.UNKNOWN, null);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private ScriptCall<long[]> releaseCall(
            RemoteRequest request, long nextToken, long holdMillis, @Nullable RemoteRequest successor) {
        List<String> lock = List.of(key(request.name()));
        String terms = nextToken + (cluster.getAsBoolean() ? " 0 " : " 1 ") + holdMillis;
        ScriptCall<long[]> call = successor == null
                ? RELEASE.call(lock, request.id(), terms)
                : RELEASE.call(lock, request.id(), terms, line(successor), successor.id(), successor.leaseMillis());
        return call.asRepeatable();
    }

    ScriptCall<Long> renewal(RemoteRequest request) {
        return RENEW.call(List.of(key(request.name())), request.id(), life(request.leaseMillis()))
                .asRepeatable();
    }

    /** What stands in Redis for a request that waits. */
    private String line(RemoteRequest request) {
        return '\n' + channel + ' ' + request.id() + ' ' + request.grantMillis();
    }

    /** How long the key of a lease lives, in ms. */
    static long life(long leaseMillis) {
        return leaseMillis + GRACE.toMillis();
    }
}
