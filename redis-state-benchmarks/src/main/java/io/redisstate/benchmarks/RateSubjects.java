package io.redisstate.benchmarks;

import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.distributed.BucketProxy;
import io.github.bucket4j.redis.jedis.Bucket4jJedis;
import io.redisstate.ratelimit.RateLimit;
import io.redisstate.ratelimit.RateLimiter;
import io.redisstate.ratelimit.RateLimiters;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.redisson.api.RRateLimiter;
import org.redisson.api.RateType;
import org.redisson.api.RedissonClient;
import org.springframework.data.redis.connection.jedis.JedisConnectionFactory;
import redis.clients.jedis.RedisClient;

/**
 * Who limits: each asks for one permit of the same subject.
 *
 * @param plenty whether the limit is never reached; a denial, which costs less, is then an error
 */
record RateSubjects(Target target, long limit, Duration per, boolean plenty) {

    private static final String WINDOW =
            "local n = redis.call('INCR', KEYS[1]) if n == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end return n";

    /** Bare Jedis: a window by INCR and PEXPIRE in a script. */
    Subject bareJedis() {
        RedisClient jedis = target.jedis();
        String script = jedis.scriptLoad(WINDOW);
        String millis = Long.toString(per.toMillis());
        return subject(Subject.FLOOR, jedis, () -> (Long) jedis.evalsha(script, 1, "floor:rate", millis) <= limit);
    }

    Subject redisState(String name, RateLimit limit) {
        JedisConnectionFactory connections = target.connections();
        RateLimiter limiter =
                RateLimiters.builder(connections).keyPrefix("bench").build().limiter(limit);
        return subject(
                name, connections::destroy, () -> limiter.tryAcquire("subject").allowed());
    }

    Subject redisson() {
        RedissonClient client = target.redisson();
        RRateLimiter limiter = client.getRateLimiter("redisson:rate:" + limit);
        limiter.trySetRate(RateType.OVERALL, limit, per);
        return subject("redisson", client::shutdown, limiter::tryAcquire);
    }

    Subject bucket4j() {
        RedisClient jedis = target.jedis();
        BucketConfiguration configuration = BucketConfiguration.builder()
                .addLimit(bandwidth -> bandwidth.capacity(limit).refillGreedy(limit, per))
                .build();
        BucketProxy bucket = Bucket4jJedis.casBasedBuilder(jedis)
                .build()
                .getProxy(("bucket4j:" + limit).getBytes(StandardCharsets.UTF_8), () -> configuration);
        return subject("bucket4j", jedis, () -> bucket.tryConsume(1));
    }

    private Subject subject(String name, AutoCloseable resources, BooleanSupplier allowed) {
        return Subject.of(name, resources, thread -> {
            if (!allowed.getAsBoolean() && plenty) {
                throw new IllegalStateException(name + " denied a permit although there are enough");
            }
        });
    }
}
