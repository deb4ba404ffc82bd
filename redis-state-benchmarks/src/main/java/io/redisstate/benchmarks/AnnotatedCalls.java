package io.redisstate.benchmarks;

import io.redisstate.ratelimit.RateLimit;
import io.redisstate.ratelimit.RateLimitAlgorithm;
import io.redisstate.ratelimit.RateLimited;
import io.redisstate.ratelimit.RateLimiter;
import io.redisstate.ratelimit.RateLimiters;
import io.redisstate.ratelimit.aop.RateLimitAdvisor;
import java.time.Duration;
import java.util.Map;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.springframework.aop.framework.ProxyFactory;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.data.redis.connection.jedis.JedisConnectionFactory;

/**
 * A leased limit, which seldom asks Redis, called directly and by {@code @RateLimited}: what the annotation adds. Run by JMH
 * in a JVM of its own, which is told by system properties where Redis is.
 */
@State(Scope.Benchmark)
public class AnnotatedCalls {

    private final JedisConnectionFactory connections = Target.ofThisJvm().connections();
    private final Calls direct = new Calls();
    private final RateLimiters limiters;
    private final RateLimiter limiter;
    private final Calls advised;

    /** Called by JMH. */
    public AnnotatedCalls() {
        RateLimit leased = RateLimit.of(
                        "leased", 1_000_000_000_000L, Duration.ofMinutes(1), RateLimitAlgorithm.FIXED_WINDOW)
                .withLeaseChunk(1_000_000);
        limiters = RateLimiters.builder(connections)
                .keyPrefix("bench")
                .limits(Map.of(leased.name(), leased))
                .build();
        limiter = limiters.limiter(leased.name());
        ProxyFactory proxy = new ProxyFactory(direct);
        proxy.setProxyTargetClass(true);
        proxy.addAdvisor(new RateLimitAdvisor(() -> limiters, new DefaultListableBeanFactory(), 0));
        advised = (Calls) proxy.getProxy();
    }

    /** The largest chunk is taken before anything is measured. */
    @Setup
    public void warmUp() {
        for (int i = 0; i < 100_000; i++) {
            limiter.tryAcquire("all");
            limiter.tryAcquire("subject");
        }
    }

    /** Ends the connections. */
    @TearDown
    public void close() {
        connections.destroy();
    }

    /** The floor: the limiter and the method, called one after the other. */
    @Benchmark
    public long floor() {
        return limiter.tryAcquire("all").remaining() + direct.plain();
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

        @RateLimited(name = "leased")
        public long plain() {
            return calls++;
        }

        @RateLimited(name = "leased", key = "#subject")
        public long keyed(String subject) {
            return calls++ + subject.length();
        }
    }
}
