package io.redisstate.benchmarks;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.TearDown;
import org.springframework.aop.Advisor;
import org.springframework.aop.framework.ProxyFactory;
import org.springframework.data.redis.connection.jedis.JedisConnectionFactory;

/**
 * Methods that do nothing, called with what an annotation on them asks for; beside that a floor, which makes the calls that the
 * annotation stands for itself. Run by JMH in a JVM of its own, which is told by system properties where Redis is.
 */
public abstract class AnnotatedMethods {

    static final String SUBJECT = "subject";

    final JedisConnectionFactory connections = Target.ofThisJvm().connections();

    AnnotatedMethods() {}

    /** What is called: an annotated method, and one whose annotation has a key. */
    public interface Calls {

        /** Has no key. */
        long plain();

        /** Has a key in SpEL. */
        long keyed(String subject);
    }

    /** The methods as other beans call them. */
    abstract Calls advised();

    /** As Spring makes it. */
    static Calls proxy(Calls direct, Advisor advisor) {
        ProxyFactory proxy = new ProxyFactory(direct);
        proxy.setProxyTargetClass(true);
        proxy.addAdvisor(advisor);
        return (Calls) proxy.getProxy();
    }

    /** The method with the annotation. */
    @Benchmark
    public long annotation() {
        return advised().plain();
    }

    /** With a key in SpEL. */
    @Benchmark
    public long annotationKey() {
        return advised().keyed(SUBJECT);
    }

    /** Ends what this benchmark uses besides the connections. */
    void end() {}

    /** Ends the connections. */
    @TearDown
    public void close() {
        end();
        connections.destroy();
    }
}
