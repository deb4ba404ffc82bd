package io.redisstate.benchmarks;

import io.redisstate.lock.LockLease;
import io.redisstate.lock.LockOptions;
import io.redisstate.lock.LockService;
import java.time.Duration;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntFunction;
import org.redisson.api.RedissonClient;
import org.springframework.data.redis.connection.jedis.JedisConnectionFactory;
import org.springframework.integration.redis.util.RedisLockRegistry;
import org.springframework.integration.redis.util.RedisLockRegistry.RedisLockType;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.params.SetParams;

/** Who locks: each acquires, works for the section's time and releases; the latency is the wait. */
final class LockSubjects {

    private static final String DELETE_IF_OWN =
            "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0";
    private static final long LEASE_MILLIS = 30_000;

    private final Target target;
    private final Duration section;
    private final IntFunction<String> names;

    /**
     * Subjects.
     *
     * @param names the lock's name for a thread
     */
    LockSubjects(Target target, Duration section, IntFunction<String> names) {
        this.target = target;
        this.section = section;
        this.names = names;
    }

    /** Bare Jedis without anybody else to wait for: SET NX PX, and EVALSHA to delete it if it is still one's own. */
    Subject bareJedis() {
        RedisClient jedis = target.jedis();
        String script = jedis.scriptLoad(DELETE_IF_OWN);
        return Subject.of(Subject.FLOOR, jedis, thread -> {
            String key = "floor:" + names.apply(thread);
            String owner = Integer.toString(thread);
            jedis.set(key, owner, SetParams.setParams().nx().px(LEASE_MILLIS));
            jedis.evalsha(script, 1, key, owner);
        });
    }

    /** What the section alone allows: a lock within the process. */
    Subject localLock() {
        Lock lock = new ReentrantLock(!section.isZero());
        return new Subject(Subject.FLOOR, thread -> locked(lock), () -> {});
    }

    /** One of our services for each thread, or one for all. */
    Subject redisState(String name, int services, boolean fair) {
        LockService[] locks = new LockService[services];
        AutoCloseable[] resources = new AutoCloseable[2 * services];
        for (int i = 0; i < services; i++) {
            JedisConnectionFactory connections = target.connections();
            locks[i] = LockService.builder(connections).keyPrefix("bench").build();
            resources[2 * i] = locks[i];
            resources[2 * i + 1] = connections::destroy;
        }
        LockOptions options = LockOptions.defaults().withFair(fair);
        return new Subject(
                name,
                thread -> {
                    long begun = System.nanoTime();
                    try (LockLease lease = locks[thread % services].acquire(name + names.apply(thread), options)) {
                        long waited = System.nanoTime() - begun;
                        work();
                        return section.isZero() ? -1 : waited;
                    }
                },
                Target.all(resources));
    }

    Subject redisson(String name, int services, boolean fair) {
        RedissonClient[] clients = new RedissonClient[services];
        AutoCloseable[] resources = new AutoCloseable[services];
        for (int i = 0; i < services; i++) {
            RedissonClient client = target.redisson();
            clients[i] = client;
            resources[i] = client::shutdown;
        }
        return new Subject(
                name,
                thread -> {
                    RedissonClient client = clients[thread % services];
                    String key = name + ":" + names.apply(thread);
                    return locked(fair ? client.getFairLock(key) : client.getLock(key));
                },
                Target.all(resources));
    }

    Subject springIntegration(String name, int services, RedisLockType type) {
        RedisLockRegistry[] registries = new RedisLockRegistry[services];
        AutoCloseable[] resources = new AutoCloseable[2 * services];
        for (int i = 0; i < services; i++) {
            JedisConnectionFactory connections = target.connections();
            RedisLockRegistry registry = new RedisLockRegistry(connections, name);
            registry.setRedisLockType(type);
            registries[i] = registry;
            resources[2 * i] = registry::destroy;
            resources[2 * i + 1] = connections::destroy;
        }
        return new Subject(
                name,
                thread -> locked(registries[thread % services].obtain(names.apply(thread))),
                Target.all(resources));
    }

    private long locked(Lock lock) {
        long begun = System.nanoTime();
        lock.lock();
        try {
            long waited = System.nanoTime() - begun;
            work();
            return section.isZero() ? -1 : waited;
        } finally {
            lock.unlock();
        }
    }

    private void work() {
        if (!section.isZero()) {
            LockSupport.parkNanos(section.toNanos());
        }
    }
}
