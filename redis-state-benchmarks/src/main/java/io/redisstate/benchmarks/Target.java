package io.redisstate.benchmarks;

import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.redisson.Redisson;
import org.redisson.api.RedissonClient;
import org.redisson.config.Config;
import org.springframework.data.redis.connection.RedisStandaloneConfiguration;
import org.springframework.data.redis.connection.jedis.JedisClientConfiguration;
import org.springframework.data.redis.connection.jedis.JedisConnectionFactory;
import redis.clients.jedis.Connection;
import redis.clients.jedis.ConnectionPoolConfig;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.RedisClient;

/** The Redis that is measured on, and clients for it, all with pools of the same size. */
record Target(String host, int port) {

    private static final int POOL = 32;
    private static final Pattern CALLS = Pattern.compile("cmdstat_([^:]+):calls=(\\d+)");

    /** A bare client. */
    RedisClient jedis() {
        return RedisClient.builder().hostAndPort(host, port).poolConfig(pool()).build();
    }

    /** Spring Data Redis as Boot sets it up with Jedis. */
    JedisConnectionFactory connections() {
        JedisConnectionFactory factory = new JedisConnectionFactory(
                new RedisStandaloneConfiguration(host, port),
                JedisClientConfiguration.builder()
                        .usePooling()
                        .poolConfig(pool())
                        .build());
        factory.afterPropertiesSet();
        factory.start();
        return factory;
    }

    RedissonClient redisson() {
        Config config = new Config();
        config.useSingleServer()
                .setAddress("redis://" + host + ":" + port)
                .setConnectionPoolSize(POOL)
                .setConnectionMinimumIdleSize(POOL);
        return Redisson.create(config);
    }

    /** What a JVM of its own is told of it. */
    String[] systemProperties() {
        return new String[] {"-Dbench.target.host=" + host, "-Dbench.target.port=" + port};
    }

    /** What this JVM was told. */
    static Target ofThisJvm() {
        return new Target(
                System.getProperty("bench.target.host", "127.0.0.1"), Integer.getInteger("bench.target.port"));
    }

    private static ConnectionPoolConfig pool() {
        ConnectionPoolConfig pool = new ConnectionPoolConfig();
        pool.setMaxTotal(POOL);
        pool.setMaxIdle(POOL);
        return pool;
    }

    /** How many commands the server has run, those inside scripts included. */
    long commands() {
        try (Connection connection = new Connection(host, port)) {
            connection.sendCommand(Protocol.Command.INFO, "commandstats");
            Matcher stats = CALLS.matcher(connection.getBulkReply());
            long calls = 0;
            while (stats.find()) {
                calls += stats.group(1).equals("info") ? 0 : Long.parseLong(stats.group(2));
            }
            return calls;
        }
    }

    /** Closes several things. */
    static AutoCloseable all(AutoCloseable... resources) {
        return () -> {
            for (AutoCloseable resource : Arrays.asList(resources)) {
                resource.close();
            }
        };
    }
}
