package io.redisstate.test;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.data.redis.connection.RedisSentinelConfiguration;
import org.springframework.data.redis.connection.jedis.JedisConnectionFactory;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.util.FileSystemUtils;

/** One primary, two replicas and three sentinels, all real, which fail over within about two seconds. */
public final class RedisSentinels implements AutoCloseable {

    private static final String PRIMARY_NAME = "primary";
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private static final class Shared {
        private static final RedisSentinels SENTINELS = SharedServers.closedAtTheEnd(start().patient());
    }

    private final List<RedisServer> servers = new ArrayList<>();
    private final List<RedisServer> sentinels = new ArrayList<>();
    private final List<Path> files = new ArrayList<>();
    private @Nullable JedisConnectionFactory jedis;
    private @Nullable LettuceConnectionFactory lettuce;

    private RedisSentinels() {}

    /** The set-up shared by all tests of this JVM; it must not be failed over or stopped. */
    public static RedisSentinels shared() {
        return Shared.SENTINELS;
    }

    /** A set-up for one test, which closes it. */
    public static RedisSentinels start() {
        RedisSentinels all = new RedisSentinels();
        RedisServer primary = RedisServer.start("--repl-diskless-sync-delay", "0");
        all.servers.add(primary);
        for (int i = 0; i < 2; i++) {
            all.servers.add(
                    RedisServer.start("--replicaof", "127.0.0.1 " + primary.port(), "--repl-diskless-sync-delay", "0"));
        }
        await().atMost(LIMIT).until(() -> all.servers.stream().skip(1).allMatch(RedisSentinels::isSynchronised));
        for (int i = 0; i < 3; i++) {
            all.sentinels.add(all.startSentinel(primary));
        }
        await().atMost(LIMIT).until(() -> all.sentinels.stream().allMatch(RedisSentinels::knowsAll));
        return all;
    }

    /**
     * From now on there is no other fail-over for a minute. A busy machine may keep a server from answering for seconds, which
     * must not fail over what all tests share, nor a second time what a test has failed over.
     */
    public RedisSentinels patient() {
        sentinels.forEach(sentinel -> sentinel.command(
                "SENTINEL", "SET", PRIMARY_NAME, "down-after-milliseconds", String.valueOf(LIMIT.toMillis())));
        return this;
    }

    private RedisServer startSentinel(RedisServer primary) {
        try {
            Path file = Files.createTempFile("redis-state-sentinel-", ".conf");
            files.add(file);
            Files.writeString(
                    file,
                    """
                    sentinel monitor %1$s 127.0.0.1 %2$d 2
                    sentinel down-after-milliseconds %1$s 1000
                    sentinel failover-timeout %1$s 6000
                    sentinel parallel-syncs %1$s 2
                    """
                            .formatted(PRIMARY_NAME, primary.port()));
            return RedisServer.start(file.toString(), "--sentinel");
        } catch (IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }

    private static boolean isSynchronised(RedisServer replica) {
        return String.valueOf(replica.command("INFO", "replication")).contains("master_link_status:up");
    }

    private static boolean knowsAll(RedisServer sentinel) {
        String info = String.valueOf(sentinel.command("INFO", "sentinel"));
        return info.contains("slaves=2") && info.contains("sentinels=3") && info.contains("status=ok");
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

    private RedisSentinelConfiguration configuration() {
        RedisSentinelConfiguration configuration = new RedisSentinelConfiguration().master(PRIMARY_NAME);
        sentinels.forEach(sentinel -> configuration.sentinel(sentinel.host(), sentinel.port()));
        return configuration;
    }

    /** The server that is the primary now, by the word of most sentinels. */
    public RedisServer primary() {
        int port = primaryPort(sentinels.get(0));
        return servers.stream()
                .filter(server -> server.port() == port)
                .findFirst()
                .orElseThrow();
    }

    /** The servers that are not the primary now. */
    public List<RedisServer> replicas() {
        int port = primaryPort(sentinels.get(0));
        return servers.stream().filter(server -> server.port() != port).toList();
    }

    /** Waits until the replicas have all that the primary has now. */
    public void awaitReplicated() {
        long written = Replication.offset(primary());
        await().atMost(LIMIT).until(() -> replicas().stream().allMatch(it -> Replication.offset(it) >= written));
    }

    private static int primaryPort(RedisServer sentinel) {
        List<?> address =
                Objects.requireNonNull((List<?>) sentinel.command("SENTINEL", "get-master-addr-by-name", PRIMARY_NAME));
        return Integer.parseInt(String.valueOf(address.get(1)));
    }

    /** Kills the primary and waits until all sentinels know another one, which accepts writes. */
    public void failOver() {
        RedisServer old = primary();
        old.kill();
        await().atMost(LIMIT)
                .ignoreExceptions()
                .until(() -> sentinels.stream().allMatch(sentinel -> primaryPort(sentinel) != old.port())
                        && String.valueOf(primary().command("INFO", "replication"))
                                .contains("role:master"));
    }

    @Override
    public synchronized void close() {
        if (jedis != null) {
            jedis.destroy();
        }
        if (lettuce != null) {
            lettuce.destroy();
        }
        for (RedisServer sentinel : sentinels) {
            sentinel.close();
        }
        for (RedisServer server : servers) {
            server.close();
        }
        files.forEach(file -> FileSystemUtils.deleteRecursively(file.toFile()));
    }
}
