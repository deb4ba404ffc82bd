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
import org.springframework.beans.factory.support.DefaultListableBeanFactory;

/** A leased limit, which seldom asks Redis, called directly and by {@code @RateLimited}: what the annotation adds. */
@State(Scope.Benchmark)
public class AnnotatedCalls extends AnnotatedMethods {

    private static final String LEASED = "leased";

    private final Calls direct = new LimitedCalls();
    private final RateLimiters limiters = RateLimiters.builder(connections)
            .keyPrefix("bench")
            .limits(Map.of(
                    LEASED,
                    RateLimit.of(LEASED, 1_000_000_000_000L, Duration.ofMinutes(1), RateLimitAlgorithm.FIXED_WINDOW)
                            .withLeaseChunk(1_000_000)))
            .build();
    private final RateLimiter limiter = limiters.limiter(LEASED);
    private final Calls advised =
            proxy(direct, new RateLimitAdvisor(() -> limiters, new DefaultListableBeanFactory(), 0));

    /** Called by JMH. */
    public AnnotatedCalls() {}

    /** The largest chunk is taken before anything is measured. */
    @Setup
    public void warmUp() {
        for (int i = 0; i < 100_000; i++) {
            limiter.tryAcquire("all");
            limiter.tryAcquire(SUBJECT);
        }
    }

    @Override
    Calls advised() {
        return advised;
    }

    /** The floor: the limiter and the method, called one after the other. */
    @Benchmark
    public long floor() {
        return limiter.tryAcquire("all").remaining() + direct.plain();
    }

    /** What is called. */
    public static class LimitedCalls implements Calls {

        private long calls;

        @Override
        @RateLimited(name = LEASED)
        public long plain() {
            return calls++;
        }

        @Override
        @RateLimited(name = LEASED, key = "#subject")
        public long keyed(String subject) {
            return calls++ + subject.length();
        }
    }
}
