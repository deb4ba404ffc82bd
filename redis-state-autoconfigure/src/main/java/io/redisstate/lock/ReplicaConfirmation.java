package io.redisstate.lock;

import io.redisstate.core.KeySpace;
import java.util.List;
import org.springframework.data.redis.connection.RedisClusterConnection;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.connection.ReturnType;

/**
 * Makes sure that replicas know of an acquired lock: writes it once more and sends WAIT, in one pipeline on one connection,
 * since WAIT counts the replicas that have what the same connection has written. Not inside the acquiring script: WAIT does
 * not wait in scripts.
 */
final class ReplicaConfirmation {

    private final RedisConnectionFactory connections;
    private final LockProtocol protocol;

    ReplicaConfirmation(RedisConnectionFactory connections, LockProtocol protocol) {
        this.connections = connections;
        this.protocol = protocol;
    }

    /**
     * Returns once enough replicas have confirmed, else gives the lease back.
     *
     * @throws LockReplicationException if too few did in time
     */
    void confirm(HeldLease lease) {
        LockOptions options = lease.options();
        Tenure tenure = lease.tenure();
        if (tenure.replicatedTo(options.replicas())) {
            return;
        }
        long confirmed;
        try {
            confirmed = writeAndWait(tenure, options);
        } catch (RuntimeException ex) {
            lease.release();
            throw new LockReplicationException(
                    "The lock '" + lease.name() + "' was given back: its replication could not be confirmed", ex);
        }
        if (confirmed < options.replicas()) {
            lease.release();
            throw new LockReplicationException(
                    "The lock '" + lease.name() + "' was given back: " + confirmed + " of " + options.replicas()
                            + " replicas (option replicas) confirmed it within " + options.replicaTimeout()
                            + " (option replicaTimeout)",
                    null);
        }
        tenure.replicated(options.replicas());
    }

    private long writeAndWait(Tenure tenure, LockOptions options) {
        try (RedisConnection connection = connections.getConnection()) {
            if (connection instanceof RedisClusterConnection) {
                throw new UnsupportedOperationException("The lock option replicas is not supported on a cluster");
            }
            connection.openPipeline();
            // A write on this connection comes after the acquiring script's, wherever that was sent.
            connection
                    .scriptingCommands()
                    .eval(
                            LockProtocol.RENEW.body(),
                            ReturnType.INTEGER,
                            1,
                            KeySpace.bytes(protocol.key(tenure.request().name())),
                            KeySpace.bytes(tenure.request().id()),
                            number(LockProtocol.life(leftMillis(tenure))));
            byte[][] arguments = {
                number(options.replicas()), number(options.replicaTimeout().toMillis())
            };
            if (LettuceWait.PRESENT) {
                LettuceWait.send(connection, arguments);
            } else {
                connection.execute("WAIT", arguments);
            }
            List<?> replies = connection.closePipeline();
            return replies.get(replies.size() - 1) instanceof Long confirmed ? confirmed : 0;
        }
    }

    private static long leftMillis(Tenure tenure) {
        return Math.max(1, (tenure.deadline() - System.nanoTime()) / 1_000_000);
    }

    private static byte[] number(long value) {
        return KeySpace.bytes(Long.toString(value));
    }
}
