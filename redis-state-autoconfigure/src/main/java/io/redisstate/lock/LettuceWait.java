package io.redisstate.lock;

import io.lettuce.core.RedisFuture;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.cluster.SlotHash;
import io.lettuce.core.cluster.api.async.RedisAdvancedClusterAsyncCommands;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.cluster.models.partitions.RedisClusterNode.NodeFlag;
import io.redisstate.core.ScriptCall;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** WAIT on Lettuce's own commands: on a cluster those of the primary that has the key. */
final class LettuceWait {

    /** On top of the time that the replicas have. */
    private static final long REPLY_MILLIS = 10_000;

    private LettuceWait() {}

    /** How many replicas have what the call has written, or {@link ReplicaConfirmation#NOT_OWNER} if it replied other than 1. */
    @SuppressWarnings("unchecked") // the connections of Spring Data Redis take and give bytes
    static long afterWriting(Object client, ScriptCall<?> write, int replicas, long timeoutMillis) {
        RedisClusterAsyncCommands<byte[], byte[]> commands = (RedisClusterAsyncCommands<byte[], byte[]>) client;
        if (commands instanceof RedisAdvancedClusterAsyncCommands<byte[], byte[]> cluster) {
            int slot = SlotHash.getSlot(write.keys().get(0));
            commands = cluster.nodes(node -> node.is(NodeFlag.UPSTREAM) && node.hasSlot(slot))
                    .commands(0);
        }
        RedisFuture<Object> written = commands.eval(
                new String(write.script().body(), StandardCharsets.UTF_8),
                ScriptOutputType.INTEGER,
                write.keys().toArray(byte[][]::new),
                write.arguments().toArray(byte[][]::new));
        RedisFuture<Long> confirmed = commands.waitForReplication(replicas, timeoutMillis);
        try {
            boolean owner = Objects.equals(written.get(REPLY_MILLIS, TimeUnit.MILLISECONDS), 1L);
            long replicasReached = confirmed.get(timeoutMillis + REPLY_MILLIS, TimeUnit.MILLISECONDS);
            return owner ? replicasReached : ReplicaConfirmation.NOT_OWNER;
        } catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while waiting for replicas", ex);
        } catch (ExecutionException | TimeoutException ex) {
            throw new IllegalStateException("The replicas could not be asked", ex);
        }
    }
}
