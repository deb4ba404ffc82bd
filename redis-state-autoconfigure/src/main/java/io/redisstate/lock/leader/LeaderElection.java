package io.redisstate.lock.leader;

import io.redisstate.lock.LockLease;
import io.redisstate.lock.LockOptions;
import io.redisstate.lock.LockService;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * Elects one leader among all processes that run an election of the same name: the one that holds the lock
 * {@code leader:<name>}.
 *
 * <p>A leader whose process dies is followed by another within the lease time; one that stops or resigns at once. By
 * {@link #isLeader()} leadership ends at the latest when the lease is over by this process's clock, which is before another
 * can lead; the listener is told soon after. What must not suffer from a leader that was paused in between uses the fencing
 * token. Where Redis is away, nobody leads once the leases are over, and candidates try again until it is back.
 *
 * <p>Costs as a lock that is held and waited for: one renewal at each third of the lease, and no polling but every safety
 * poll. One thread, {@code redis-state-leader-<name>}. Thread-safe.
 *
 * @since 0.1
 */
public final class LeaderElection implements AutoCloseable {

    private static final Log LOG = LogFactory.getLog(LeaderElection.class);
    private static final Duration TERM_OF_WAITING = Duration.ofHours(1);
    private static final long RETRY_MILLIS = 500;
    private static final long END_MILLIS = 10_000;

    private final LockService locks;
    private final String name;
    private final LockOptions options;
    private final LeadershipListener listener;
    private final Object lifecycle = new Object();
    private volatile @Nullable LockLease lease;

    /** Opens when this term is to end. */
    private volatile CountDownLatch endOfTerm = new CountDownLatch(1);

    /** The one that campaigns; another one, or null, once that is to end. */
    private volatile @Nullable Thread thread;

    /**
     * An election; {@link #start()} makes this process a candidate.
     *
     * @param name what is led; not empty
     * @param leaseTime how long a leader that died blocks the next; as {@link LockOptions#leaseTime()}
     */
    public LeaderElection(LockService locks, String name, Duration leaseTime, LeadershipListener listener) {
        if (name.isEmpty()) {
            throw new IllegalArgumentException("The name of a leader election must not be empty");
        }
        this.locks = locks;
        this.name = name;
        this.options = LockOptions.defaults().withLeaseTime(leaseTime).withWaitTime(TERM_OF_WAITING);
        this.listener = listener;
    }

    /** The name of the election. */
    public String name() {
        return name;
    }

    /** Whether this process leads now. No round trip. */
    public boolean isLeader() {
        LockLease held = lease;
        return held != null && held.isHeld();
    }

    /** Becomes a candidate; does nothing if it is one. Does not wait for Redis. */
    public void start() {
        synchronized (lifecycle) {
            if (thread == null) {
                Thread begun = new Thread(this::campaign, "redis-state-leader-" + name);
                begun.setDaemon(true);
                thread = begun;
                begun.start();
            }
        }
    }

    /** Ends this term, if there is one, and stands again behind the other candidates. */
    public void resign() {
        endOfTerm.countDown();
    }

    /** Ends this term, if there is one, and is no candidate any more; waits until the listener knows, at most 10 s. */
    public void stop() {
        Thread ending;
        synchronized (lifecycle) {
            ending = thread;
            thread = null;
        }
        if (ending == null) {
            return;
        }
        endOfTerm.countDown();
        if (ending == Thread.currentThread()) {
            // By the listener itself, which can't wait for itself: the term ends when it returns.
            return;
        }
        ending.interrupt();
        try {
            ending.join(END_MILLIS);
        } catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
        }
    }

    /** As {@link #stop()}. */
    @Override
    public void close() {
        stop();
    }

    private void campaign() {
        while (isCandidate()) {
            try {
                locks.tryAcquire("leader:" + name, options).ifPresent(this::lead);
            } catch (InterruptedException ex) {
                LOG.debug("The candidate for '" + name + "' was interrupted");
            } catch (Throwable ex) {
                // An Error too: a process that silently is no candidate any more is worse.
                LOG.warn("The election of the leader of '" + name + "' goes on in a moment: " + ex);
                pause();
            }
        }
    }

    private boolean isCandidate() {
        return Thread.currentThread() == thread;
    }

    private void lead(LockLease held) {
        Leadership leadership = new Leadership(name, held.fencingToken());
        CountDownLatch end = new CountDownLatch(1);
        endOfTerm = end;
        lease = held;
        held.onLost(end::countDown);
        try {
            tell(() -> listener.granted(leadership));
            if (isCandidate()) {
                end.await();
            }
        } catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
        } finally {
            lease = null;
            // The listener first: who has resigned must have ended before the next begins.
            boolean interrupted = Thread.interrupted();
            tell(() -> listener.revoked(leadership));
            held.release();
            if (interrupted && !isCandidate()) {
                Thread.currentThread().interrupt();
            }
        }
        if (isCandidate()) {
            // The others' turn.
            pause();
        }
    }

    /** Whatever a listener throws, and also if it leaves the thread interrupted, the election goes on. */
    private void tell(Runnable call) {
        try {
            call.run();
        } catch (Throwable ex) {
            LOG.error("A listener of the election of the leader of '" + name + "' failed", ex);
        }
        if (isCandidate()) {
            boolean unused = Thread.interrupted();
        }
    }

    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(
                    RETRY_MILLIS / 2 + ThreadLocalRandom.current().nextLong(RETRY_MILLIS));
        } catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
        }
    }
}
