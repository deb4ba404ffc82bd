package io.redisstate.benchmarks;

import io.redisstate.ratelimit.RateLimit;
import io.redisstate.ratelimit.RateLimitAlgorithm;
import io.redisstate.ratelimit.RateLimited;
import io.redisstate.ratelimit.RateLimiters;
import io.redisstate.ratelimit.aop.RateLimitAdvisor;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.springframework.aop.framework.ProxyFactory;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.data.redis.connection.jedis.JedisConnectionFactory;

/**
 * What an annotation adds to the call it stands for: {@code @RateLimited} on a leased limit, which seldom asks Redis, with
 * and without a key in SpEL. The floor calls the limiter itself.
 */
final class AnnotationOverhead implements Scenario {

    private static final RateLimit LEASED = RateLimit.of(
                    "leased", 1_000_000_000_000L, Duration.ofMinutes(1), RateLimitAlgorithm.FIXED_WINDOW)
            .withLeaseChunk(1_000_000);

    @Override
    public String name() {
        return "annotation-overhead";
    }

    @Override
    public List<Integer> threads() {
        return List.of(1);
    }

    @Override
    public List<Subject> subjects(Target target, int threads) {
        JedisConnectionFactory connections = target.connections();
        RateLimiters limiters = RateLimiters.builder(connections)
                .keyPrefix("bench")
                .limits(Map.of(LEASED.name(), LEASED))
                .build();
        var limiter = limiters.limiter(LEASED.name());
        Calls direct = new Calls();
        ProxyFactory proxy = new ProxyFactory(direct);
        proxy.setProxyTargetClass(true);
        proxy.addAdvisor(new RateLimitAdvisor(() -> limiters, new DefaultListableBeanFactory(), 0));
        Calls advised = (Calls) proxy.getProxy();
        return List.of(
                Subject.of(Subject.FLOOR, connections::destroy, thread -> {
                    limiter.tryAcquire("all");
                    direct.plain();
                }),
                Subject.of(Subject.US + "-annotation", () -> {}, thread -> advised.plain()),
                Subject.of(Subject.US + "-annotation-key", () -> {}, thread -> advised.keyed("subject")));
    }

    /** What is called. */
    static class Calls {

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
