package io.redisstate.structure.transaction;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.data.redis.connection.ClusterSlotHashUtil;
import org.springframework.data.redis.connection.RedisClusterConfiguration;
import org.springframework.data.redis.connection.RedisClusterConnection;
import org.springframework.data.redis.connection.RedisClusterNode;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.connection.RedisNode;
import org.springframework.data.redis.connection.RedisSentinelConfiguration;
import org.springframework.data.redis.connection.RedisStandaloneConfiguration;
import org.springframework.data.redis.connection.jedis.JedisConnectionFactory;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.util.ClassUtils;

/**
 * Connections to the node that has some keys, for what a shared or cluster connection can't do: watching.
 *
 * <p>On a cluster there is a factory for each node, set up as the cluster's. With Jedis on one server there is one too: what is read
 * after WATCH is read on another connection (Spring Data Redis queues it on that one), and threads that each hold a connection of
 * one pool and wait for a second would never end. Opened at the first use. Thread-safe.
 *
 * @since 0.1
 */
public final class NodeConnections implements AutoCloseable {

    private static final boolean JEDIS_PRESENT =
            ClassUtils.isPresent("redis.clients.jedis.UnifiedJedis", NodeConnections.class.getClassLoader());

    private static final boolean LETTUCE_PRESENT =
            ClassUtils.isPresent("io.lettuce.core.RedisClient", NodeConnections.class.getClassLoader());

    private final RedisConnectionFactory connections;
    private final Map<String, RedisConnectionFactory> nodes = new ConcurrentHashMap<>();
    private volatile @Nullable Boolean cluster;

    public NodeConnections(RedisConnectionFactory connections) {
        this.connections = connections;
    }

    /**
     * Operations on the node that has the keys.
     *
     * @throws IllegalArgumentException if a cluster has them in different slots
     */
    StringRedisTemplate watching(List<String> keys) {
        if (isCluster()) {
            return new StringRedisTemplate(nodeOf(keys));
        }
        return new StringRedisTemplate(
                JEDIS_PRESENT && connections instanceof JedisConnectionFactory
                        ? nodes.computeIfAbsent("", address -> open(null))
                        : connections);
    }

    /** Operations that are not bound to what is watched. */
    StringRedisTemplate reading() {
        return new StringRedisTemplate(connections);
    }

    private RedisConnectionFactory nodeOf(List<String> keys) {
        if (keys.stream()
                        .mapToInt(ClusterSlotHashUtil::calculateSlot)
                        .distinct()
                        .count()
                > 1) {
            throw new IllegalArgumentException(
                    "The keys " + keys
                            + " are in different slots of the cluster; give them the same part in braces, as in account:{eu}:42");
        }
        RedisClusterNode node;
        try (RedisClusterConnection connection = connections.getClusterConnection()) {
            node = Objects.requireNonNull(
                    connection.clusterGetNodeForKey(keys.get(0).getBytes(StandardCharsets.UTF_8)), "no node");
        }
        return nodes.computeIfAbsent(node.asString(), address -> open(node));
    }

    /** Connections to a node of the cluster; null for the one server. */
    private RedisConnectionFactory open(@Nullable RedisNode node) {
        if (JEDIS_PRESENT && connections instanceof JedisConnectionFactory jedis) {
            return started(jedis, node);
        }
        if (LETTUCE_PRESENT && connections instanceof LettuceConnectionFactory lettuce && node != null) {
            return started(lettuce, node);
        }
        throw new IllegalStateException("Neither Jedis nor Lettuce: " + connections.getClass());
    }

    private static RedisConnectionFactory started(JedisConnectionFactory like, @Nullable RedisNode node) {
        RedisSentinelConfiguration sentinel = like.getSentinelConfiguration();
        RedisStandaloneConfiguration server =
                node == null ? like.getStandaloneConfiguration() : server(node, like.getClusterConfiguration());
        JedisConnectionFactory own = sentinel == null
                ? new JedisConnectionFactory(Objects.requireNonNull(server), like.getClientConfiguration())
                : new JedisConnectionFactory(sentinel, like.getClientConfiguration());
        own.afterPropertiesSet();
        own.start();
        return own;
    }

    private static RedisConnectionFactory started(LettuceConnectionFactory like, RedisNode node) {
        LettuceConnectionFactory own = new LettuceConnectionFactory(
                server(node, like.getClusterConfiguration()), like.getClientConfiguration());
        own.afterPropertiesSet();
        own.start();
        return own;
    }

    private static RedisStandaloneConfiguration server(RedisNode node, @Nullable RedisClusterConfiguration cluster) {
        RedisStandaloneConfiguration server = new RedisStandaloneConfiguration(
                Objects.requireNonNull(node.getHost(), "a node without a host"),
                Objects.requireNonNull(node.getPort(), "a node without a port"));
        if (cluster != null) {
            server.setUsername(cluster.getUsername());
            server.setPassword(cluster.getPassword());
        }
        return server;
    }

    /** Asked at the first use, since asking may connect. */
    private boolean isCluster() {
        Boolean known = cluster;
        if (known == null) {
            try (RedisConnection connection = connections.getConnection()) {
                known = connection instanceof RedisClusterConnection;
                cluster = known;
            }
        }
        return known;
    }

    /** Closes what was opened here; transactions must have ended. */
    @Override
    public void close() {
        nodes.values().forEach(node -> {
            try {
                ((DisposableBean) node).destroy();
            } catch (Exception ex) {
                throw new IllegalStateException("Can't close the connections to a node", ex);
            }
        });
        nodes.clear();
    }
}
