package io.redisstate.benchmarks;

import io.redisstate.lock.DistributedLock;
import io.redisstate.lock.LockService;
import io.redisstate.lock.aop.LockAdvisor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;

/**
 * A lock that the thread holds already, entered once more directly and by {@code @DistributedLock}: nothing is asked of Redis,
 * so it shows what the annotation adds.
 */
@State(Scope.Thread)
public class AnnotatedLockCalls extends AnnotatedMethods {

    private static final String HELD = "held";

    private final Calls direct = new LockedCalls();
    private final LockService locks =
            LockService.builder(connections).keyPrefix("bench").build();
    private final Calls advised = proxy(direct, new LockAdvisor(() -> locks, new DefaultListableBeanFactory(), 0));

    /** Called by JMH. */
    public AnnotatedLockCalls() {}

    /** The thread that measures holds both locks. */
    @Setup
    @SuppressWarnings("LockNotBeforeTry") // held until the end
    public void hold() {
        locks.lock(HELD).lock();
        locks.lock(HELD + ':' + SUBJECT).lock();
    }

    @Override
    void end() {
        locks.lock(HELD).unlock();
        locks.lock(HELD + ':' + SUBJECT).unlock();
        locks.close();
    }

    @Override
    Calls advised() {
        return advised;
    }

    /** The floor: the method called within the lock. */
    @Benchmark
    public long floor() throws Exception {
        return locks.<Long>callLocked(HELD, direct::plain);
    }

    /** What is called. */
    public static class LockedCalls implements Calls {

        private long calls;

        @Override
        @DistributedLock(name = HELD)
        public long plain() {
            return calls++;
        }

        @Override
        @DistributedLock(name = HELD, key = "#subject")
        public long keyed(String subject) {
            return calls++ + subject.length();
        }
    }
}
