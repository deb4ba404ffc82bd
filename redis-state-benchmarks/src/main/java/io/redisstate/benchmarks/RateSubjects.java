package io.redisstate.benchmarks;

import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.distributed.BucketProxy;
import io.github.bucket4j.redis.jedis.Bucket4jJedis;
import io.redisstate.ratelimit.RateLimit;
import io.redisstate.ratelimit.RateLimiter;
import io.redisstate.ratelimit.RateLimiters;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.redisson.api.RRateLimiter;
import org.redisson.api.RateType;
import org.redisson.api.RedissonClient;
import org.springframework.data.redis.connection.jedis.JedisConnectionFactory;
import redis.clients.jedis.RedisClient;

/** Who limits: each asks for one permit of the same subject. */
record RateSubjects(Target target, long limit, Duration per) {

    private static final String WINDOW =
            "local n = redis.call('INCR', KEYS[1]) if n == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end return n";

    /** Bare Jedis: a window by INCR and PEXPIRE in a script. */
    Subject bareJedis() {
        RedisClient jedis = target.jedis();
        String script = jedis.scriptLoad(WINDOW);
        String millis = Long.toString(per.toMillis());
        return Subject.of(Subject.FLOOR, jedis, thread -> jedis.evalsha(script, 1, "floor:rate", millis));
    }

    Subject redisState(String name, RateLimit limit) {
        JedisConnectionFactory connections = target.connections();
        RateLimiter limiter =
                RateLimiters.builder(connections).keyPrefix("bench").build().limiter(limit);
        return Subject.of(name, connections::destroy, thread -> limiter.tryAcquire("subject"));
    }

    Subject redisson() {
        RedissonClient client = target.redisson();
        RRateLimiter limiter = client.getRateLimiter("redisson:rate:" + limit);
        limiter.trySetRate(RateType.OVERALL, limit, per);
        return Subject.of("redisson", client::shutdown, thread -> limiter.tryAcquire());
    }

    Subject bucket4j() {
        RedisClient jedis = target.jedis();
        BucketConfiguration configuration = BucketConfiguration.builder()
                .addLimit(bandwidth -> bandwidth.capacity(limit).refillGreedy(limit, per))
                .build();
        BucketProxy bucket = Bucket4jJedis.casBasedBuilder(jedis)
                .build()
                .getProxy(("bucket4j:" + limit).getBytes(StandardCharsets.UTF_8), () -> configuration);
        return Subject.of("bucket4j", jedis, thread -> bucket.tryConsume(1));
    }
}
