package io.redisstate.lock;

import io.redisstate.core.ScriptCall;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.util.ClassUtils;

/**
 * Makes sure that replicas know of an acquired lock: writes it once more and sends WAIT, in one pipeline on one connection to
 * its primary, since WAIT counts the replicas that have what the same connection has written. Not inside the acquiring script: WAIT does
 * not wait in scripts.
 */
final class ReplicaConfirmation {

    private static final boolean JEDIS_PRESENT =
            ClassUtils.isPresent("redis.clients.jedis.UnifiedJedis", ReplicaConfirmation.class.getClassLoader());

    /** Instead of a number of replicas: the write found the lock to be another's. */
    static final long NOT_OWNER = -1;

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
            lease.giveBackAtOnce();
            throw new LockReplicationException(
                    "The lock '" + lease.name() + "' was given back: its replication could not be confirmed", ex);
        }
        if (confirmed == NOT_OWNER) {
            lease.giveBackAtOnce();
            throw new LockReplicationException(
                    "The lock '" + lease.name() + "' was lost before its replication could be confirmed", null);
        }
        if (confirmed < options.replicas()) {
            lease.giveBackAtOnce();
            throw new LockReplicationException(
                    "The lock '" + lease.name() + "' was given back: " + confirmed + " of " + options.replicas()
                            + " replicas (option replicas) confirmed it within " + options.replicaTimeout()
                            + " (option replicaTimeout)",
                    null);
        }
        tenure.replicated(options.replicas());
    }

    private long writeAndWait(Tenure tenure, LockOptions options) {
        // A write on the connection that waits comes after the acquiring script's, wherever that was sent.
        // For the full lease: a shorter one could undo a renewal that ran meanwhile.
        ScriptCall<Long> write = protocol.renewal(tenure.request());
        long timeout = options.replicaTimeout().toMillis();
        try (RedisConnection connection = connections.getConnection()) {
            Object client = connection.getNativeConnection();
            return JEDIS_PRESENT && JedisWait.supports(client)
                    ? JedisWait.afterWriting(client, write, options.replicas(), timeout)
                    : LettuceWait.afterWriting(client, write, options.replicas(), timeout);
        }
    }
}
