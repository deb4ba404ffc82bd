package io.redisstate.test;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.springframework.data.redis.connection.ClusterSlotHashUtil;
import org.springframework.data.redis.connection.RedisClusterConfiguration;
import org.springframework.data.redis.connection.jedis.JedisConnectionFactory;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

/** A real Redis Cluster of three primaries with a replica each, which fails over within about three seconds. */
public final class RedisCluster implements AutoCloseable {

    private static final int PRIMARIES = 3;
    private static final int SLOTS = 16_384;
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private static final class Shared {
        private static final RedisCluster CLUSTER = SharedServers.closedAtTheEnd(start().patient());
    }

    private final List<RedisServer> nodes = new ArrayList<>();
    private @Nullable JedisConnectionFactory jedis;
    private @Nullable LettuceConnectionFactory lettuce;

    private RedisCluster() {}

    /** The cluster shared by all tests of this JVM; it must not be failed over or stopped. */
    public static RedisCluster shared() {
        return Shared.CLUSTER;
    }

    /** A cluster for one test, which closes it. */
    public static RedisCluster start() {
        RedisCluster cluster = new RedisCluster();
        for (int i = 0; i < 2 * PRIMARIES; i++) {
            cluster.nodes.add(RedisServer.start(
                    "--cluster-enabled",
                    "yes",
                    "--cluster-config-file",
                    "nodes.conf",
                    "--cluster-node-timeout",
                    "1500",
                    "--cluster-replica-validity-factor",
                    "0",
                    "--repl-diskless-sync-delay",
                    "0"));
        }
        cluster.join();
        return cluster;
    }

    /** A busy machine may keep a node from answering for seconds, which must not fail over what all tests share. */
    private RedisCluster patient() {
        nodes.forEach(node -> node.command("CONFIG", "SET", "cluster-node-timeout", String.valueOf(LIMIT.toMillis())));
        return this;
    }

    private void join() {
        for (int i = 0; i < PRIMARIES; i++) {
            int first = i * SLOTS / PRIMARIES;
            int last = (i + 1) * SLOTS / PRIMARIES - 1;
            nodes.get(i).command("CLUSTER", "ADDSLOTSRANGE", String.valueOf(first), String.valueOf(last));
            nodes.get(i).command("CLUSTER", "SET-CONFIG-EPOCH", String.valueOf(i + 1));
        }
        for (RedisServer node : nodes.subList(1, nodes.size())) {
            node.command(
                    "CLUSTER", "MEET", "127.0.0.1", String.valueOf(nodes.get(0).port()));
        }
        await().atMost(LIMIT).until(() -> nodes.stream().allMatch(node -> node.clusterInfo("cluster_known_nodes:6")));
        for (int i = 0; i < PRIMARIES; i++) {
            nodes.get(PRIMARIES + i).command("CLUSTER", "REPLICATE", id(nodes.get(i)));
        }
        await().atMost(LIMIT)
                .until(() -> nodes.stream().allMatch(node -> node.clusterInfo("cluster_state:ok"))
                        && nodes.stream().allMatch(RedisCluster::knowsAllReplicas)
                        && nodes.stream().skip(PRIMARIES).allMatch(RedisCluster::isSynchronised));
    }

    private static boolean knowsAllReplicas(RedisServer node) {
        return String.valueOf(node.command("CLUSTER", "NODES"))
                        .lines()
                        .filter(line -> line.contains("slave"))
                        .count()
                == PRIMARIES;
    }

    private static boolean isSynchronised(RedisServer replica) {
        return String.valueOf(replica.command("INFO", "replication")).contains("master_link_status:up");
    }

    private static String id(RedisServer node) {
        return String.valueOf(node.command("CLUSTER", "MYID"));
    }

    /** A started factory, the same at each call. */
    public synchronized JedisConnectionFactory jedis() {
        if (jedis == null) {
            jedis = Clients.started(new JedisConnectionFactory(configuration(), Clients.jedis()));
        }
        return jedis;
    }

    /** A started factory, the same at each call. */
    public synchronized LettuceConnectionFactory lettuce() {
        if (lettuce == null) {
            lettuce = Clients.started(new LettuceConnectionFactory(configuration(), Clients.lettuce()));
        }
        return lettuce;
    }

    private RedisClusterConfiguration configuration() {
        return new RedisClusterConfiguration(
                nodes.stream().map(node -> node.host() + ":" + node.port()).toList());
    }

    /** The primary that serves a key now. */
    public RedisServer nodeOf(String key) {
        int slot = ClusterSlotHashUtil.calculateSlot(key);
        List<?> ranges = (List<?>) anyAlive().command("CLUSTER", "SLOTS");
        for (Object entry : ranges == null ? List.of() : ranges) {
            List<?> range = (List<?>) entry;
            if ((Long) range.get(0) <= slot && slot <= (Long) range.get(1)) {
                return node((Long) ((List<?>) range.get(2)).get(1));
            }
        }
        throw new IllegalStateException("No node serves slot " + slot);
    }

    /** Moves the slot of a key that does not exist to another primary, as resharding does, and gives that one. */
    public RedisServer moveSlot(String key) {
        String slot = String.valueOf(ClusterSlotHashUtil.calculateSlot(key));
        RedisServer source = nodeOf(key);
        List<RedisServer> primaries = nodes.stream()
                .filter(node -> String.valueOf(node.command("ROLE")).contains("master"))
                .toList();
        RedisServer target =
                primaries.stream().filter(node -> node != source).findFirst().orElseThrow();
        target.command("CLUSTER", "SETSLOT", slot, "IMPORTING", id(source));
        source.command("CLUSTER", "SETSLOT", slot, "MIGRATING", id(target));
        target.command("CLUSTER", "SETSLOT", slot, "NODE", id(target));
        source.command("CLUSTER", "SETSLOT", slot, "NODE", id(target));
        await().atMost(LIMIT).until(() -> primaries.stream()
                .allMatch(node -> servesSlot(node, Long.parseLong(slot)) == target.port()));
        return target;
    }

    /** The port of the node that serves the slot, in the eyes of a node. */
    private static long servesSlot(RedisServer asked, long slot) {
        for (Object entry : (List<?>) Objects.requireNonNull(asked.command("CLUSTER", "SLOTS"))) {
            List<?> range = (List<?>) entry;
            if ((Long) range.get(0) <= slot && slot <= (Long) range.get(1)) {
                return (Long) ((List<?>) range.get(2)).get(1);
            }
        }
        return -1;
    }

    /** The replica of the key's primary, once it has all that the primary has now. */
    public RedisServer awaitReplicated(String key) {
        RedisServer primary = nodeOf(key);
        long written = Replication.offset(primary);
        RedisServer replica = nodes.stream()
                .filter(node ->
                        String.valueOf(node.command("INFO", "replication")).contains("master_port:" + primary.port()))
                .findFirst()
                .orElseThrow();
        await().atMost(LIMIT).until(() -> Replication.offset(replica) >= written);
        return replica;
    }

    /** Kills the primary of a key and waits until its replica serves the key. */
    public void failOver(String key) {
        RedisServer old = nodeOf(key);
        old.kill();
        await().atMost(LIMIT)
                .ignoreExceptions()
                .until(() -> nodeOf(key).port() != old.port()
                        && IntStream.range(0, nodes.size())
                                .mapToObj(nodes::get)
                                .filter(node -> node.port() != old.port())
                                .allMatch(node -> node.clusterInfo("cluster_state:ok")));
    }

    /** All commands on all nodes during the block. */
    public CommandCount count(ThrowingRunnable block) throws Exception {
        ThrowingRunnable counted = block;
        List<CommandCount> counts = new ArrayList<>();
        for (RedisServer node : nodes) {
            ThrowingRunnable inner = counted;
            counted = () -> counts.add(node.count(inner));
        }
        counted.run();
        Map<String, Long> sum = new TreeMap<>();
        // Each outer count contains nothing of the inner ones: they are other servers.
        counts.forEach(count -> count.all().forEach((command, calls) -> sum.merge(command, calls, Long::sum)));
        return new CommandCount(sum);
    }

    /** All six servers. */
    public List<RedisServer> nodes() {
        return List.copyOf(nodes);
    }

    private RedisServer node(long port) {
        return nodes.stream().filter(node -> node.port() == port).findFirst().orElseThrow();
    }

    private RedisServer anyAlive() {
        return nodes.stream().filter(RedisServer::isAlive).findFirst().orElseThrow();
    }

    @Override
    public synchronized void close() {
        if (jedis != null) {
            jedis.destroy();
        }
        if (lettuce != null) {
            lettuce.destroy();
        }
        for (RedisServer node : nodes) {
            node.close();
        }
    }
}
