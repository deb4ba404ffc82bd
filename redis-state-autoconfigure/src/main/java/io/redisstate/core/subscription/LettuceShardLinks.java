package io.redisstate.core.subscription;

import io.lettuce.core.AbstractRedisClient;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.models.partitions.RedisClusterNode;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.protocol.ProtocolVersion;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import io.redisstate.core.KeySpace;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.data.redis.connection.ClusterSlotHashUtil;
import org.springframework.data.redis.connection.RedisClusterConnection;
import org.springframework.data.redis.connection.convert.Converters;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

/**
 * Connections of Lettuce on the factory's resources. Those to nodes of a cluster are of a client of their own, as the
 * cluster client's renew a lost one at the same node, with all channels in one command, which slots do not allow.
 */
final class LettuceShardLinks implements ShardLinks {

    private static final String PRIMARY = "primary";

    private final LettuceConnectionFactory connections;
    private final Map<String, RedisURI> addresses = new HashMap<>();
    private @Nullable RedisClient ofNodes;

    LettuceShardLinks(LettuceConnectionFactory connections) {
        this.connections = connections;
    }

    @Override
    public Map<String, String> owners(Collection<String> channels) {
        Map<String, String> owners = new HashMap<>();
        AbstractRedisClient client = connections.getRequiredNativeClient();
        if (client instanceof RedisClusterClient cluster) {
            cluster.refreshPartitions();
            addresses.clear();
            for (String channel : channels) {
                RedisClusterNode node =
                        cluster.getPartitions().getPartitionBySlot(ClusterSlotHashUtil.calculateSlot(channel));
                if (node != null) {
                    RedisURI address = node.getUri();
                    String name = address.getHost() + ":" + address.getPort();
                    addresses.put(name, address);
                    owners.put(channel, name);
                }
            }
        } else {
            channels.forEach(channel -> owners.put(channel, PRIMARY));
        }
        return owners;
    }

    @Override
    public ShardLink open(String node, ShardLink.Events events) {
        AbstractRedisClient client = connections.getRequiredNativeClient();
        StatefulRedisPubSubConnection<byte[], byte[]> connection = client instanceof RedisClusterClient cluster
                ? clientOfNodes(cluster)
                        .connectPubSub(ByteArrayCodec.INSTANCE, Objects.requireNonNull(addresses.get(node)))
                : ((RedisClient) client).connectPubSub(ByteArrayCodec.INSTANCE);
        return new LettuceShardLink(connection, events);
    }

    @Override
    public Set<String> primaries() {
        if (!(connections.getRequiredNativeClient() instanceof RedisClusterClient cluster)) {
            return Set.of(PRIMARY);
        }
        // Asked of a node rather than refreshed in the client, which would cut connections that are being made.
        RedisURI any = cluster.getPartitions().iterator().next().getUri();
        Set<String> primaries = new HashSet<>();
        addresses.clear();
        try (RedisClusterConnection connection = connections.getClusterConnection()) {
            byte[] reply = (byte[]) Objects.requireNonNull(connection.execute("CLUSTER", KeySpace.bytes("NODES")));
            for (var node : Converters.toSetOfRedisClusterNodes(new String(reply, StandardCharsets.UTF_8))) {
                if (node.isMaster()
                        && !node.isMarkedAsFail()
                        && !node.getSlotRange().getSlots().isEmpty()) {
                    String name = node.asString();
                    addresses.put(
                            name,
                            RedisURI.builder(any)
                                    .withHost(Objects.requireNonNull(node.getHost()))
                                    .withPort(Objects.requireNonNull(node.getPort()))
                                    .build());
                    primaries.add(name);
                }
            }
        }
        return primaries;
    }

    @Override
    public TrackingLink track(String node, List<String> prefixes, TrackingLink.Events events) {
        AbstractRedisClient client = connections.getRequiredNativeClient();
        return new LettuceTrackingLink(
                client instanceof RedisClusterClient cluster
                        ? clientOfNodes(cluster)
                                .connect(ByteArrayCodec.INSTANCE, Objects.requireNonNull(addresses.get(node)))
                        : ((RedisClient) client).connect(ByteArrayCodec.INSTANCE),
                prefixes,
                events);
    }

    /** Changes come as pushes, which RESP 2 does not have. */
    static Optional<String> obstacle(LettuceConnectionFactory connections) {
        return connections
                .getClientConfiguration()
                .getClientOptions()
                .filter(options -> options.getConfiguredProtocolVersion() == ProtocolVersion.RESP2)
                .map(options -> LettuceTrackingLink.NEEDS_PUSHES);
    }

    private RedisClient clientOfNodes(RedisClusterClient cluster) {
        RedisClient client = ofNodes;
        if (client == null) {
            client = RedisClient.create(cluster.getResources());
            client.setOptions(ClientOptions.copyOf(cluster.getOptions())
                    .mutate()
                    .autoReconnect(false)
                    .build());
            ofNodes = client;
        }
        return client;
    }

    @Override
    public void close() {
        if (ofNodes != null) {
            ofNodes.shutdown(Duration.ZERO, Duration.ofSeconds(2));
        }
    }
}
