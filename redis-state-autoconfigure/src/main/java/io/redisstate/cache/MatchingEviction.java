package io.redisstate.cache;

import io.redisstate.core.CallExecutor;
import io.redisstate.core.KeySpace;
import io.redisstate.core.ScriptCall;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.springframework.data.redis.connection.RedisClusterConnection;
import org.springframework.data.redis.connection.RedisClusterNode;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.core.Cursor;
import org.springframework.data.redis.core.ScanOptions;

/** Evicts the entries of one cache whose keys match a pattern: a cursor over all keys of the server, in batches. */
final class MatchingEviction {

    private static final int BATCH = 500;

    private final RedisConnectionFactory connections;
    private final CacheProtocol protocol;
    private final Consumer<String> forget;

    MatchingEviction(RedisConnectionFactory connections, CacheProtocol protocol, Consumer<String> forget) {
        this.connections = connections;
        this.protocol = protocol;
        this.forget = forget;
    }

    /** How many entries were evicted. */
    long evict(String pattern) {
        ScanOptions options = ScanOptions.scanOptions()
                .match(KeySpace.bytes(protocol.keys().matching(pattern)))
                .count(BATCH)
                .build();
        try (RedisConnection connection = connections.getConnection()) {
            if (!(connection instanceof RedisClusterConnection cluster)) {
                try (Cursor<byte[]> keys = connection.keyCommands().scan(options)) {
                    return evict(keys);
                }
            }
            long evicted = 0;
            for (RedisClusterNode node : cluster.clusterGetNodes()) {
                if (node.isMaster() && !node.isMarkedAsFail()) {
                    try (Cursor<byte[]> keys = cluster.scan(node, options)) {
                        evicted += evict(keys);
                    }
                }
            }
            return evicted;
        }
    }

    private long evict(Cursor<byte[]> keys) {
        long evicted = 0;
        List<String> batch = new ArrayList<>(BATCH);
        while (keys.hasNext()) {
            String key = new String(keys.next(), StandardCharsets.UTF_8);
            protocol.keys().nameOf(key).ifPresent(batch::add);
            if (batch.size() == BATCH || !keys.hasNext()) {
                evicted += evict(batch);
                batch.clear();
            }
        }
        return evicted;
    }

    private long evict(List<String> names) {
        List<ScriptCall<Long>> calls = names.stream().map(protocol::evict).toList();
        long evicted = 0;
        for (CallExecutor.Outcome<Long> outcome : protocol.calls().executeAll(calls)) {
            evicted += outcome.get();
        }
        names.forEach(forget);
        return evicted;
    }
}
