package io.redisstate.benchmarks;

import io.redisstate.lock.DistributedLock;
import io.redisstate.lock.LockService;
import io.redisstate.lock.aop.LockAdvisor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.springframework.aop.framework.ProxyFactory;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.data.redis.connection.jedis.JedisConnectionFactory;

/**
 * A lock that the thread holds already, entered once more directly and by {@code @DistributedLock}: nothing is asked of Redis,
 * so it shows what the annotation adds. Run by JMH in a JVM of its own, which is told by system properties where Redis is.
 */
@State(Scope.Thread)
public class AnnotatedLockCalls {

    private final JedisConnectionFactory connections = Target.ofThisJvm().connections();
    private final Calls direct = new Calls();
    private final LockService locks =
            LockService.builder(connections).keyPrefix("bench").build();
    private final Calls advised;

    /** Called by JMH. */
    public AnnotatedLockCalls() {
        ProxyFactory proxy = new ProxyFactory(direct);
        proxy.setProxyTargetClass(true);
        proxy.addAdvisor(new LockAdvisor(() -> locks, new DefaultListableBeanFactory(), 0));
        advised = (Calls) proxy.getProxy();
    }

    /** The thread that measures holds both locks. */
    @Setup
    @SuppressWarnings("LockNotBeforeTry") // held until the end
    public void hold() {
        locks.lock("held").lock();
        locks.lock("held:subject").lock();
    }

    /** Ends the connections. */
    @TearDown
    public void close() {
        locks.lock("held").unlock();
        locks.lock("held:subject").unlock();
        locks.close();
        connections.destroy();
    }

    /** The floor: the method called within the lock. */
    @Benchmark
    public long floor() throws Exception {
        return locks.<Long>callLocked("held", direct::plain);
    }

    /** The method with the annotation. */
    @Benchmark
    public long annotation() {
        return advised.plain();
    }

    /** With a key in SpEL. */
    @Benchmark
    public long annotationKey() {
        return advised.keyed("subject");
    }

    /** What is called. */
    public static class Calls {

        private long calls;

        @DistributedLock(name = "held")
        public long plain() {
            return calls++;
        }

        @DistributedLock(name = "held", key = "#subject")
        public long keyed(String subject) {
            return calls++ + subject.length();
        }
    }
}
