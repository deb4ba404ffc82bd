package io.redisstate.lock;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;

/**
 * The leases of a {@link MultiLock}: held as long as each of them is, lost as soon as one is. Thread-safe.
 *
 * @since 0.1
 */
public final class MultiLockLease implements LockLease {

    private final List<LockLease> leases;

    MultiLockLease(List<? extends LockLease> leases) {
        this.leases = List.copyOf(leases);
    }

    /** All names, in their order. */
    @Override
    public String name() {
        return leases.stream().map(LockLease::name).collect(Collectors.joining(", "));
    }

    /** The greatest token of all names; a store that checks tokens wants {@link #fencingToken(String)}. */
    @Override
    public long fencingToken() {
        return leases.stream().mapToLong(LockLease::fencingToken).max().orElseThrow();
    }

    /**
     * The token of one name.
     *
     * @throws IllegalArgumentException if it is none of them
     */
    public long fencingToken(String name) {
        return leases.stream()
                .filter(lease -> lease.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("'" + name + "' is not one of " + name()))
                .fencingToken();
    }

    @Override
    public boolean isHeld() {
        return leases.stream().allMatch(LockLease::isHeld);
    }

    @Override
    public Duration remaining() {
        return leases.stream()
                .map(LockLease::remaining)
                .min(Duration::compareTo)
                .orElseThrow();
    }

    @Override
    public void onLost(Runnable callback) {
        AtomicBoolean told = new AtomicBoolean();
        leases.forEach(lease -> lease.onLost(() -> {
            if (told.compareAndSet(false, true)) {
                callback.run();
            }
        }));
    }

    @Override
    public boolean release() {
        return leases.stream().map(LockLease::release).reduce(true, Boolean::logicalAnd);
    }
}
