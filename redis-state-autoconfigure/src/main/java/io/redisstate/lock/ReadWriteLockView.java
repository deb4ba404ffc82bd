package io.redisstate.lock;

import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;

/** A read/write lock as {@link ReadWriteLock}: each side reentrant for its thread, which may not hold both. */
final class ReadWriteLockView implements ReadWriteLock {

    private static final String READ = "read";
    private static final String WRITE = "write";

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

    @Override
    public Lock readLock() {
        return read;
    }

    @Override
    public Lock writeLock() {
        return write;
    }
}
