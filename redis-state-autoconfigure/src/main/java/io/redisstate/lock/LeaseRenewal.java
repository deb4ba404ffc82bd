package io.redisstate.lock;

import io.redisstate.core.CallExecutor;
import io.redisstate.core.FeatureThreads;
import io.redisstate.core.ScriptCall;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * Renews all leases of a service: one thread keeps the time, and whatever is due at a tick goes out in one pipeline, together
 * with what would be due soon. A lease found to be another's, or not renewed in time, is told that it is lost.
 *
 * <p>Idle while nothing is held. Thread-safe.
 */
final class LeaseRenewal {

    private static final Log LOG = LogFactory.getLog(LeaseRenewal.class);

    private final CallExecutor calls;
    private final FeatureThreads threads;
    private final Set<Renewable> held = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean sending = new AtomicBoolean();
    private final Object timer = new Object();
    private boolean armed;
    private long nextTick;
    private volatile boolean closed;

    LeaseRenewal(CallExecutor calls, FeatureThreads threads) {
        this.calls = calls;
        this.threads = threads;
    }

    /** Watches, and renews when it asks for it, until it is forgotten or lost. */
    void watch(Renewable lease) {
        held.add(lease);
        arm(lease.renewing() ? lease.dueAt() : lease.deadline());
    }

    void forget(Renewable lease) {
        held.remove(lease);
    }

    int size() {
        return held.size();
    }

    /** Renews nothing any more; leases are still told when they are over, as long as the threads live. */
    void close() {
        closed = true;
    }

    private void arm(long at) {
        synchronized (timer) {
            if (armed && nextTick - at <= 0) {
                return;
            }
            armed = true;
            nextTick = at;
        }
        try {
            var unused = threads.scheduler().schedule(() -> tick(at), at - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException | IllegalStateException ex) {
            LOG.debug("The service is closed: no renewal", ex);
        }
    }

    private void tick(long at) {
        synchronized (timer) {
            if (armed && nextTick == at) {
                armed = false;
            }
        }
        try {
            endWhatIsOver();
            renewWhatIsDue();
        } catch (RuntimeException ex) {
            LOG.error("A tick of the lease renewal failed", ex);
        } finally {
            armForNext();
        }
    }

    private void endWhatIsOver() {
        long now = System.nanoTime();
        for (Renewable lease : held) {
            if (lease.isOver(now)) {
                lose(lease);
            }
        }
    }

    private void renewWhatIsDue() {
        long now = System.nanoTime();
        if (closed || held.stream().noneMatch(lease -> lease.renewing() && lease.dueAt() - now <= 0)) {
            return;
        }
        if (sending.compareAndSet(false, true)) {
            // Not on the timer's thread: a server that hangs must not keep it from noticing the leases that end.
            try {
                threads.executor().execute(this::renewDue);
            } catch (RejectedExecutionException | IllegalStateException ex) {
                sending.set(false);
                LOG.debug("The service is closed: no renewal", ex);
            }
        }
    }

    private void renewDue() {
        try {
            long sent = System.nanoTime();
            List<Renewable> due = new ArrayList<>();
            List<ScriptCall<Long>> renewals = new ArrayList<>();
            for (Renewable lease : held) {
                // Also what is due within a sixth of its lease: so leases taken at different times join one pipeline.
                if (lease.renewing() && lease.dueAt() - sent <= lease.leaseNanos() / 6) {
                    due.add(lease);
                    renewals.add(lease.renewal());
                }
            }
            send(sent, due, renewals);
        } finally {
            sending.set(false);
            armForNext();
        }
    }

    private void send(long sent, List<Renewable> due, List<ScriptCall<Long>> renewals) {
        List<CallExecutor.Outcome<Long>> outcomes;
        try {
            outcomes = renewals.isEmpty() ? List.of() : calls.executeAll(renewals);
        } catch (RuntimeException ex) {
            due.forEach(lease -> failed(lease, ex));
            return;
        }
        for (int i = 0; i < outcomes.size(); i++) {
            Renewable lease = due.get(i);
            Long reply = outcomes.get(i).value();
            if (reply == null) {
                failed(lease, outcomes.get(i).error());
            } else if (reply == 1) {
                // One millisecond less: Redis counts in whole ones.
                lease.renewed(sent, sent + lease.leaseNanos() - 1_000_000);
            } else {
                lose(lease);
            }
        }
    }

    private static void failed(Renewable lease, @Nullable RuntimeException ex) {
        LOG.warn("A lease could not be renewed and is tried again until it ends: " + ex);
        lease.postpone(System.nanoTime());
    }

    private void lose(Renewable lease) {
        if (held.remove(lease)) {
            lease.lost();
        }
    }

    private void armForNext() {
        long now = System.nanoTime();
        long next = Long.MAX_VALUE;
        boolean busy = sending.get();
        for (Renewable lease : held) {
            long at = lease.renewing() && !closed && !busy ? lease.dueAt() : lease.deadline();
            next = Math.min(next, Math.min(at - now, lease.deadline() - now));
        }
        if (next != Long.MAX_VALUE) {
            arm(now + Math.max(0, next));
        }
    }
}
