package io.redisstate.core.subscription;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.data.redis.connection.ClusterSlotHashUtil;
import org.springframework.data.redis.connection.NamedNode;
import org.springframework.data.redis.connection.RedisClusterConnection;
import org.springframework.data.redis.connection.RedisClusterNode;
import org.springframework.data.redis.connection.RedisConfiguration.WithAuthentication;
import org.springframework.data.redis.connection.RedisSentinelConfiguration;
import org.springframework.data.redis.connection.RedisSentinelConnection;
import org.springframework.data.redis.connection.RedisServer;
import org.springframework.data.redis.connection.RedisStandaloneConfiguration;
import org.springframework.data.redis.connection.jedis.JedisClientConfiguration;
import org.springframework.data.redis.connection.jedis.JedisConnectionFactory;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisClientConfig;

/** Connections of Jedis, set up as those of the factory are, but none of its pool: they stay subscribed for good. */
final class JedisShardLinks implements ShardLinks {

    private static final String PRIMARY = "primary";

    private final JedisConnectionFactory connections;
    private final JedisClientConfig config;

    JedisShardLinks(JedisConnectionFactory connections) {
        this.connections = connections;
        this.config = configOf(connections);
    }

    private static JedisClientConfig configOf(JedisConnectionFactory connections) {
        JedisClientConfiguration client = connections.getClientConfiguration();
        DefaultJedisClientConfig.Builder config = DefaultJedisClientConfig.builder()
                .connectionTimeoutMillis((int) client.getConnectTimeout().toMillis())
                .socketTimeoutMillis((int) client.getReadTimeout().toMillis());
        client.getClientName().ifPresent(config::clientName);
        WithAuthentication login = loginOf(connections);
        if (login != null && login.getUsername() != null) {
            config.user(login.getUsername());
        }
        if (login != null) {
            login.getPassword().toOptional().map(String::new).ifPresent(config::password);
        }
        if (connections.isUseSsl()) {
            config.ssl(true);
            client.getSslSocketFactory().ifPresent(config::sslSocketFactory);
            client.getHostnameVerifier().ifPresent(config::hostnameVerifier);
            client.getSslParameters().ifPresent(config::sslParameters);
        }
        client.getClientConfigCustomizer().ifPresent(customizer -> customizer.customize(config));
        return config.build();
    }

    private static @Nullable WithAuthentication loginOf(JedisConnectionFactory connections) {
        if (connections.isRedisClusterAware()) {
            return connections.getClusterConfiguration();
        }
        return connections.isRedisSentinelAware()
                ? connections.getSentinelConfiguration()
                : connections.getStandaloneConfiguration();
    }

    @Override
    public Map<String, String> owners(Collection<String> channels) {
        Map<String, String> owners = new HashMap<>();
        if (!connections.isRedisClusterAware()) {
            channels.forEach(channel -> owners.put(channel, PRIMARY));
            return owners;
        }
        try (RedisClusterConnection connection = connections.getClusterConnection()) {
            Iterable<RedisClusterNode> nodes = connection.clusterGetNodes();
            for (String channel : channels) {
                int slot = ClusterSlotHashUtil.calculateSlot(channel);
                for (RedisClusterNode node : nodes) {
                    if (node.isMaster() && node.servesSlot(slot) && !node.isMarkedAsFail()) {
                        owners.put(channel, node.asString());
                    }
                }
            }
        }
        return owners;
    }

    @Override
    public ShardLink open(String node, ShardLink.Events events) {
        return new JedisShardLink(PRIMARY.equals(node) ? primary() : HostAndPort.from(node), config, events);
    }

    @Override
    public Set<String> primaries() {
        if (!connections.isRedisClusterAware()) {
            return Set.of(primary().toString());
        }
        Set<String> primaries = new HashSet<>();
        try (RedisClusterConnection connection = connections.getClusterConnection()) {
            for (RedisClusterNode node : connection.clusterGetNodes()) {
                if (node.isMaster()
                        && !node.isMarkedAsFail()
                        && !node.getSlotRange().getSlots().isEmpty()) {
                    primaries.add(node.asString());
                }
            }
        }
        return primaries;
    }

    @Override
    public TrackingLink track(String node, List<String> prefixes, TrackingLink.Events events) {
        return new JedisTrackingLink(HostAndPort.from(node), config, prefixes, events);
    }

    private HostAndPort primary() {
        RedisSentinelConfiguration sentinel = connections.getSentinelConfiguration();
        if (sentinel == null) {
            RedisStandaloneConfiguration server =
                    Objects.requireNonNull(connections.getStandaloneConfiguration(), "neither Sentinel nor one server");
            return new HostAndPort(server.getHostName(), server.getPort());
        }
        NamedNode name = Objects.requireNonNull(sentinel.getMaster(), "Sentinel needs the name of the primary");
        try (RedisSentinelConnection connection = connections.getSentinelConnection()) {
            for (RedisServer primary : connection.masters()) {
                if (Objects.equals(primary.getName(), name.getName())) {
                    return new HostAndPort(
                            Objects.requireNonNull(primary.getHost()), Objects.requireNonNull(primary.getPort()));
                }
            }
        } catch (IOException ex) {
            throw new UncheckedIOException(ex);
        }
        throw new IllegalStateException("Sentinel knows no primary " + name.getName());
    }

    @Override
    public void close() {
        // Nothing is shared between links.
    }
}
