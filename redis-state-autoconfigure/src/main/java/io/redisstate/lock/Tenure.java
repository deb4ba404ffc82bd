package io.redisstate.lock;

import io.redisstate.core.ScriptCall;
import org.jspecify.annotations.Nullable;

/**
 * This process's ownership of a lock in Redis, from acquiring it there until passing it on. Under one tenure several leases
 * of this process may follow one another, each with a larger fencing token out of those reserved.
 *
 * <p>What changes is guarded by the line that it belongs to.
 */
final class Tenure extends Renewable {

    private final Line line;
    private final LockProtocol protocol;
    private final RemoteRequest request;
    private final long firstToken;
    private final long since = System.nanoTime();
    private int leases;
    private volatile int replicas;
    private volatile @Nullable HeldLease holder;

    Tenure(Line line, LockProtocol protocol, RemoteRequest request, Grant grant) {
        super(grant.deadline());
        this.line = line;
        this.protocol = protocol;
        this.request = request;
        this.firstToken = grant.token();
    }

    RemoteRequest request() {
        return request;
    }

    @Nullable
    HeldLease holder() {
        return holder;
    }

    /** How many leases there were under it. */
    int leases() {
        return leases;
    }

    /** The smallest fencing token that was not given out under it. */
    long nextToken() {
        return firstToken + leases;
    }

    long ageNanos(long now) {
        return now - since;
    }

    /** The next lease under this tenure. */
    HeldLease leaseFor(Waiter waiter) {
        HeldLease lease = new HeldLease(this, firstToken + leases, waiter);
        leases++;
        holder = lease;
        return lease;
    }

    void vacate() {
        holder = null;
    }

    /**
     * Whether a waiter can have the lock under this tenure: it wants the same lease, there is a fencing token left, and so
     * much time that a renewal is not overdue.
     */
    boolean suits(LockOptions options, int maxLeases, long now) {
        return leases < maxLeases
                && options.renew()
                && options.leaseTime().toMillis() == request.leaseMillis()
                && deadline() - now >= Math.min(request.leaseMillis(), request.grantMillis()) * 500_000L;
    }

    /** For how many ms the lock must stay taken although the lease is given up. */
    long holdMillis(HeldLease lease, long now) {
        long atLeast = lease.lockAtLeastFor().toNanos() - (now - lease.since());
        long hold = atLeast <= 0 ? 0 : (atLeast + 999_999) / 1_000_000;
        // Tokens are microseconds of the server's clock: the next holder's must not fall among those used here.
        return leases > 1 && leases > ageNanos(now) / 1_000 ? Math.max(1, hold) : hold;
    }

    boolean replicatedTo(int count) {
        return replicas >= count;
    }

    void replicated(int count) {
        replicas = count;
    }

    boolean release(HeldLease lease) {
        return line.release(lease);
    }

    @Override
    ScriptCall<Long> renewal() {
        return protocol.renewal(request);
    }

    @Override
    boolean renewing() {
        HeldLease lease = holder;
        return lease == null || lease.renewing();
    }

    @Override
    long leaseNanos() {
        return request.leaseMillis() * 1_000_000;
    }

    @Override
    void lost() {
        line.lost(this);
    }
}
