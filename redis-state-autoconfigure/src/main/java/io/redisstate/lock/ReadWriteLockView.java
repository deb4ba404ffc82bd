package io.redisstate.lock;

import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;

/** A read/write lock as {@link ReadWriteLock}: both reentrant for each thread, which may go on reading what it writes. */
final class ReadWriteLockView implements ReadWriteLock {

    private final Lock read;
    private final Lock write;

    /**
     * A view of a read/write lock.
     *
     * @param holds of this kind of lock: its names are apart from those of plain locks
     */
    ReadWriteLockView(String name, ThreadHolds holds, LockView.Acquisition read, LockView.Acquisition write) {
        this.read = new LockView(name, READ, holds, wait -> {
            if (holds.holds(name, WRITE)) {
                // What it may write it may read: a hold of the same lease, given back in any order.
                throw new IllegalMonitorStateException("The current thread writes under the lock '" + name
                        + "' already, and need not ask to read; it may not hold both");
            }
            return read.acquire(wait);
        });
        this.write = new LockView(name, WRITE, holds, wait -> {
            if (holds.holds(name, READ)) {
                throw new IllegalMonitorStateException("The current thread reads under the lock '" + name
                        + "' and would wait for itself; give that back before asking to write");
            }
            return write.acquire(wait);
        });
    }

    private static final String READ = "read";
    private static final String WRITE = "write";

    @Override
    public Lock readLock() {
        return read;
    }

    @Override
    public Lock writeLock() {
        return write;
    }
}
