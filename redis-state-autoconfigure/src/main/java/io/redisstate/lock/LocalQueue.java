package io.redisstate.lock;

import static io.redisstate.lock.LockProtocol.Released.KEPT;
import static io.redisstate.lock.LockProtocol.Released.NOT_OWNER;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The waiters of one process for one lock in the default mode: only the first of them asks Redis, and the process passes the
 * lock on between them without Redis for a while.
 *
 * <p>A turn of the process ends after {@code maxLeases} leases or {@link #LONGEST_TURN}; then another process that waits gets
 * the lock. While a turn is younger than {@link #BARGING}, a thread that is running may take the lock before the first in
 * the queue has woken up, which avoids a switch of threads for each turn of a short section.
 */
final class LocalQueue implements Line {

    private static final long BARGING = 300_000;
    private static final long LONGEST_TURN = 10_000_000;

    private final String name;
    private final LockWiring wiring;
    private final Runnable idle;
    private final ReentrantLock lock = new ReentrantLock();
    private final Set<Waiter> waiters = new LinkedHashSet<>();
    private @Nullable Tenure tenure;
    private @Nullable RemoteRequest request;
    private @Nullable Waiter asker;
    /** A release is under way; what comes of it decides who may ask. */
    private boolean releasing;

    private boolean retired;

    /**
     * A queue for a name.
     *
     * @param idle called once nobody stands in it and nothing is held; it is not used again then
     */
    LocalQueue(String name, LockWiring wiring, Runnable idle) {
        this.name = name;
        this.wiring = wiring;
        this.idle = idle;
    }

    /** Lets the waiter stand here; false if this queue is not used any more. */
    boolean enter(Waiter waiter) {
        lock.lock();
        try {
            if (retired) {
                return false;
            }
            if (!takeFree(waiter)) {
                waiters.add(waiter);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Tries once, without waiting; false if this queue is not used any more. */
    boolean tryOnce(Waiter waiter) {
        RemoteRequest once;
        lock.lock();
        try {
            if (retired) {
                return false;
            }
            if (takeFree(waiter) || !mayAsk() || !waiters.isEmpty()) {
                return true;
            }
            waiters.add(waiter);
            once = wiring.requests().create(name, this, waiter.options());
            request = once;
            asker = waiter;
        } finally {
            lock.unlock();
        }
        Grant grant;
        try {
            grant = wiring.requests().tryOnce(once);
        } catch (RuntimeException ex) {
            wiring.requests().passOn(once);
            cancelled(once, waiter);
            throw ex;
        }
        if (grant == null) {
            cancelled(once, waiter);
        } else {
            boolean unused = began(once, grant);
        }
        return true;
    }

    /** A request that never stood in Redis's queue: the next waiter, if any came meanwhile, makes one of its own. */
    private void cancelled(RemoteRequest once, Waiter waiter) {
        lock.lock();
        try {
            waiters.remove(waiter);
            if (request == once) {
                request = null;
                asker = null;
            }
            signalHead();
            retireIfIdle();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public long advance(Waiter waiter) {
        RemoteRequest asked;
        Tenure unsuited = null;
        lock.lock();
        try {
            if (waiter.granted() != null) {
                return 0;
            }
            if (asker != waiter && !becomesAsker(waiter)) {
                unsuited = waiter.granted() == null && head() == waiter ? free() : null;
                if (unsuited == null) {
                    return waiter.granted() != null ? 0 : UNTIL_SIGNALLED;
                }
                tenure = null;
                releasing = true;
                asked = successor();
            } else {
                asked = request;
            }
            if (asked == null) {
                return UNTIL_SIGNALLED;
            }
        } finally {
            lock.unlock();
        }
        if (unsuited != null) {
            // Left free for a waiter that has gone; this one wants another lease than that.
            boolean unused = end(unsuited, 0, asked);
            return 0;
        }
        long untilLook = asked.untilLook();
        return untilLook > 0 ? untilLook : ask(asked, waiter);
    }

    private boolean becomesAsker(Waiter waiter) {
        if (head() != waiter) {
            return false;
        }
        if (takeFree(waiter) || !mayAsk()) {
            return false;
        }
        asker = waiter;
        request = wiring.requests().create(name, this, waiter.options());
        return true;
    }

    private long ask(RemoteRequest asked, Waiter waiter) {
        try {
            Grant grant = wiring.requests().ask(asked);
            if (grant != null) {
                boolean wanted = began(asked, grant);
                return wanted ? 0 : UNTIL_SIGNALLED;
            }
            if (isCurrent(asked)) {
                return asked.untilLook();
            }
            // The last waiter left, and gave it up, while it was being sent.
            settled(asked);
            return UNTIL_SIGNALLED;
        } catch (RuntimeException ex) {
            if (Thread.currentThread().isInterrupted()) {
                // This waiter's own affair: it leaves, and the next one asks with the same request.
                return 0;
            }
            if (asked.answered() && !wiring.requests().isClosed()) {
                // It stands in the queue, as far as known: that is worth waiting for.
                asked.failed();
                waiter.troubled(ex);
                return asked.untilLook();
            }
            refuseAll(asked, ex);
            throw ex;
        }
    }

    /** The ownership began, as an answer; false if nobody wants it any more, or a message had said so before. */
    private boolean began(RemoteRequest asked, Grant grant) {
        if (handedOver(asked, grant)) {
            return true;
        }
        settled(asked);
        return false;
    }

    /** Gives up a request that is not the current one, unless it is so because it has been granted already. */
    private void settled(RemoteRequest asked) {
        lock.lock();
        try {
            if (tenure != null && tenure.request() == asked) {
                return;
            }
        } finally {
            lock.unlock();
        }
        wiring.requests().passOn(asked);
    }

    private boolean isCurrent(RemoteRequest asked) {
        lock.lock();
        try {
            return request == asked;
        } finally {
            lock.unlock();
        }
    }

    /** Tells all waiters that they wait in vain; they leave by themselves. */
    void refuseWaiters(RuntimeException reason) {
        lock.lock();
        try {
            waiters.forEach(waiter -> waiter.refuse(reason));
        } finally {
            lock.unlock();
        }
    }

    private void refuseAll(RemoteRequest asked, RuntimeException ex) {
        wiring.requests().passOn(asked);
        lock.lock();
        try {
            if (request == asked) {
                request = null;
                asker = null;
                waiters.forEach(waiter -> waiter.refuse(ex));
                waiters.clear();
                retireIfIdle();
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean handedOver(RemoteRequest granted, Grant grant) {
        lock.lock();
        try {
            Waiter first = head();
            if (request != granted || first == null) {
                return false;
            }
            request = null;
            asker = null;
            Tenure began = new Tenure(this, wiring.protocol(), granted, grant);
            tenure = began;
            give(first, began);
            wiring.renewal().watch(began);
            return true;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean leave(Waiter waiter) {
        RemoteRequest givenUp = null;
        Tenure unwanted = null;
        lock.lock();
        try {
            if (waiter.granted() != null) {
                return false;
            }
            waiters.remove(waiter);
            if (waiters.isEmpty() && free() != null) {
                unwanted = tenure;
                tenure = null;
                releasing = true;
            }
            if (asker == waiter) {
                asker = head();
                if (asker == null) {
                    givenUp = request;
                    request = null;
                }
            }
            signalHead();
            retireIfIdle();
        } finally {
            lock.unlock();
        }
        if (unwanted != null) {
            boolean unused = end(unwanted, 0, null);
        }
        if (givenUp != null) {
            wiring.requests().giveUp(givenUp);
        }
        return true;
    }

    @Override
    public void lookAgain(RemoteRequest looked) {
        lock.lock();
        try {
            if (request == looked && asker != null) {
                asker.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean release(HeldLease lease) {
        Tenure ended = lease.tenure();
        RemoteRequest successor;
        long hold;
        lock.lock();
        try {
            if (tenure != ended || ended.holder() != lease) {
                return false;
            }
            ended.vacate();
            long now = System.nanoTime();
            hold = ended.holdMillis(lease, now);
            if (hold == 0 && passOnHere(ended, now)) {
                return true;
            }
            tenure = null;
            releasing = true;
            successor = hold == 0 ? successor() : null;
        } finally {
            lock.unlock();
        }
        return end(ended, hold, successor);
    }

    private boolean end(Tenure ended, long hold, @Nullable RemoteRequest successor) {
        wiring.renewal().forget(ended);
        if (successor != null) {
            wiring.requests().expect(successor);
        }
        return released(successor, wiring.protocol().release(ended.request(), ended.nextToken(), hold, successor));
    }

    private boolean passOnHere(Tenure ended, long now) {
        Waiter first = head();
        if (first == null
                || ended.ageNanos(now) > LONGEST_TURN
                || !ended.suits(first.options(), wiring.maxLeases(), now)) {
            return false;
        }
        if (ended.ageNanos(now) > BARGING) {
            give(first, ended);
        } else {
            first.signal();
        }
        return true;
    }

    private @Nullable RemoteRequest successor() {
        Waiter first = head();
        if (first == null) {
            return null;
        }
        RemoteRequest next = wiring.requests().create(name, this, first.options());
        next.sentAlong(wiring.requests().safetyPollNanos());
        request = next;
        asker = first;
        return next;
    }

    private boolean released(@Nullable RemoteRequest successor, LockProtocol.Release release) {
        Grant grant = release.grant();
        lock.lock();
        try {
            releasing = false;
            if (successor != null && request == successor && release.what() != KEPT) {
                if (release.what() != LockProtocol.Released.YIELDED) {
                    successor.lookNow();
                }
                if (asker != null) {
                    asker.signal();
                }
            }
            signalHead();
            retireIfIdle();
        } finally {
            lock.unlock();
        }
        if (successor != null) {
            if (grant != null) {
                wiring.requests().forget(successor);
                boolean unused = began(successor, grant);
            } else if (!isCurrent(successor)) {
                settled(successor);
            }
        }
        return release.what() != NOT_OWNER;
    }

    @Override
    public void lost(Tenure ended) {
        HeldLease lease;
        lock.lock();
        try {
            if (tenure != ended) {
                return;
            }
            tenure = null;
            lease = ended.holder();
            ended.vacate();
            signalHead();
            retireIfIdle();
        } finally {
            lock.unlock();
        }
        if (lease != null) {
            lease.lose();
        }
        wiring.requests().passOn(ended.request(), ended.nextToken());
    }

    /** The tenure, if nobody here has a lease under it. */
    private @Nullable Tenure free() {
        Tenure current = tenure;
        return current != null && current.holder() == null ? current : null;
    }

    private boolean takeFree(Waiter waiter) {
        Tenure free = free();
        if (free == null || !free.suits(waiter.options(), wiring.maxLeases(), System.nanoTime())) {
            return false;
        }
        give(waiter, free);
        return true;
    }

    private void give(Waiter waiter, Tenure from) {
        waiters.remove(waiter);
        waiter.grant(from.leaseFor(waiter));
        waiter.signal();
    }

    private boolean mayAsk() {
        return tenure == null && request == null && !releasing;
    }

    private @Nullable Waiter head() {
        return waiters.isEmpty() ? null : waiters.iterator().next();
    }

    /** Whoever is first now may have something to do: ask, or take what is free. */
    private void signalHead() {
        Waiter first = head();
        if (first != null && (mayAsk() || asker == first || free() != null)) {
            first.signal();
        }
    }

    private void retireIfIdle() {
        if (waiters.isEmpty() && mayAsk() && !retired) {
            retired = true;
            idle.run();
        }
    }
}
