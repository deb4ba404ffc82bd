package io.redisstate.lock;

import io.redisstate.core.ScriptCall;
import java.util.Objects;
import redis.clients.jedis.AbstractPipeline;
import redis.clients.jedis.Response;
import redis.clients.jedis.UnifiedJedis;

/** WAIT on Jedis' own clients, which also on a cluster send a pipeline for one key on one connection. */
final class JedisWait {

    private JedisWait() {}

    static boolean supports(Object client) {
        return client instanceof UnifiedJedis;
    }

    /** How many replicas have what the call has written, or {@link ReplicaConfirmation#NOT_OWNER} if it replied other than 1. */
    static long afterWriting(Object client, ScriptCall<?> write, int replicas, long timeoutMillis) {
        try (AbstractPipeline pipeline = ((UnifiedJedis) client).pipelined()) {
            Response<Object> written = pipeline.eval(write.script().body(), write.keys(), write.arguments());
            Response<Long> confirmed = pipeline.waitReplicas(write.keys().get(0), replicas, timeoutMillis);
            pipeline.sync();
            boolean owner = Objects.equals(written.get(), 1L);
            return owner ? confirmed.get() : ReplicaConfirmation.NOT_OWNER;
        }
    }
}
