package io.redisstate.lock;

import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The line of one waiter in the fair mode: it stands in Redis's own queue by itself, among those of all processes.
 */
final class FairRequest implements Line {

    private final LockWiring wiring;
    private final RemoteRequest request;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile @Nullable Waiter waiter;
    private boolean givenUp;
    private @Nullable Tenure tenure;

    FairRequest(String name, LockWiring wiring, LockOptions options) {
        this.wiring = wiring;
        this.request = wiring.requests().create(name, this, options);
    }

    /** Tries once, without waiting. */
    boolean tryOnce(Waiter caller) {
        waiter = caller;
        try {
            Grant grant = wiring.requests().tryOnce(request);
            return grant != null && handedOver(request, grant);
        } catch (RuntimeException ex) {
            wiring.requests().passOn(request);
            throw ex;
        }
    }

    @Override
    public long advance(Waiter caller) {
        waiter = caller;
        if (caller.granted() != null) {
            return 0;
        }
        long untilLook = request.untilLook();
        if (untilLook > 0) {
            return untilLook;
        }
        try {
            Grant grant = wiring.requests().ask(request);
            if (grant != null) {
                boolean unused = handedOver(request, grant);
                return 0;
            }
        } catch (RuntimeException ex) {
            if (Thread.currentThread().isInterrupted()) {
                return 0;
            }
            if (!request.answered() || wiring.requests().isClosed()) {
                throw ex;
            }
            request.failed();
            caller.troubled(ex);
        }
        return request.untilLook();
    }

    @Override
    public boolean leave(Waiter caller) {
        lock.lock();
        try {
            if (caller.granted() != null) {
                return false;
            }
            givenUp = true;
        } finally {
            lock.unlock();
        }
        wiring.requests().giveUp(request);
        return true;
    }

    @Override
    public boolean handedOver(RemoteRequest granted, Grant grant) {
        lock.lock();
        try {
            Waiter caller = waiter;
            if (caller == null || givenUp) {
                return false;
            }
            if (caller.granted() != null) {
                return true;
            }
            Tenure began = new Tenure(this, wiring.protocol(), request, grant);
            tenure = began;
            caller.grant(began.leaseFor(caller));
            wiring.renewal().watch(began);
            caller.signal();
            return true;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void lookAgain(RemoteRequest looked) {
        Waiter caller = waiter;
        if (caller != null) {
            caller.signal();
        }
    }

    @Override
    public boolean release(HeldLease lease) {
        Tenure ended = lease.tenure();
        long hold;
        lock.lock();
        try {
            if (tenure != ended) {
                return false;
            }
            tenure = null;
            hold = ended.holdMillis(lease, System.nanoTime());
        } finally {
            lock.unlock();
        }
        wiring.renewal().forget(ended);
        wiring.requests().forget(request);
        return wiring.protocol().release(request, ended.nextToken(), hold, null).what()
                != LockProtocol.Released.NOT_OWNER;
    }

    @Override
    public void lost(Tenure ended) {
        lock.lock();
        try {
            if (tenure != ended) {
                return;
            }
            tenure = null;
        } finally {
            lock.unlock();
        }
        HeldLease lease = ended.holder();
        if (lease != null) {
            lease.lose();
        }
        wiring.requests().passOn(request, ended.nextToken());
    }
}
