package io.redisstate.lock;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Which thread holds which lock how often: what makes lock views and {@code runLocked} reentrant. Thread-safe; a thread that
 * died holding a lock is forgotten when its lease ends.
 */
final class ThreadHolds {

    /** What is held: plain locks have no mode. */
    private record Key(String name, String mode, Thread thread) {}

    private static final class Hold {

        private final AbstractLease lease;
        private int count = 1;

        private Hold(AbstractLease lease) {
            this.lease = lease;
        }
    }

    private final Map<Key, Hold> holds = new ConcurrentHashMap<>();

    /** Of lost leases whose threads may die without having unlocked. */
    private final Set<Key> lost = ConcurrentHashMap.newKeySet();

    /**
     * Counts one more hold of the current thread, if it has one.
     *
     * @throws LockLostException if the lease of the hold was lost meanwhile
     */
    boolean reenter(String name, String mode) {
        Hold hold = holds.get(key(name, mode));
        if (hold == null) {
            return false;
        }
        if (!hold.lease.isHeld()) {
            throw new LockLostException(name, hold.lease.fencingToken());
        }
        hold.count++;
        return true;
    }

    /** Notes the first hold of the current thread. */
    void entered(AbstractLease lease, String mode) {
        Key key = key(lease.name(), mode);
        Hold hold = new Hold(lease);
        holds.put(key, hold);
        lease.onLost(() -> {
            if (holds.get(key) == hold) {
                lost.add(key);
            }
            forgetTheDead();
        });
        forgetTheDead();
    }

    private void forgetTheDead() {
        lost.removeIf(key -> {
            boolean dead = !key.thread().isAlive();
            if (dead) {
                holds.remove(key);
            }
            return dead;
        });
    }

    /**
     * Counts one hold less; the last one releases the lease.
     *
     * @throws IllegalMonitorStateException if the current thread has none
     * @throws LockLostException if the lease was lost before
     */
    void exit(String name, String mode) {
        Key key = key(name, mode);
        Hold hold = holds.get(key);
        if (hold == null) {
            throw new IllegalMonitorStateException("The lock '" + name + "' is not held by the current thread");
        }
        if (--hold.count > 0) {
            return;
        }
        holds.remove(key);
        lost.remove(key);
        if (!hold.lease.release()) {
            hold.lease.clearInterrupt();
            throw new LockLostException(name, hold.lease.fencingToken());
        }
    }

    int size() {
        forgetTheDead();
        return holds.size();
    }

    /** Whether the current thread has a hold. */
    boolean holds(String name, String mode) {
        return holds.containsKey(key(name, mode));
    }

    private static Key key(String name, String mode) {
        return new Key(name, mode, Thread.currentThread());
    }
}
