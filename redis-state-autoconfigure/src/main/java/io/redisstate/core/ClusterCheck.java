package io.redisstate.core;

import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.springframework.data.redis.connection.RedisClusterConnection;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisConnectionFactory;

/**
 * Whether connections lead to a cluster; found out at the first use, since asking may connect. Thread-safe.
 *
 * @since 0.1
 */
public final class ClusterCheck implements BooleanSupplier {

    private final RedisConnectionFactory connections;
    private volatile @Nullable Boolean cluster;

    /** A check of the given connections. */
    public ClusterCheck(RedisConnectionFactory connections) {
        this.connections = connections;
    }

    @Override
    public boolean getAsBoolean() {
        Boolean known = cluster;
        if (known == null) {
            try (RedisConnection connection = connections.getConnection()) {
                known = connection instanceof RedisClusterConnection;
                cluster = known;
            }
        }
        return known;
    }
}
