package io.redisstate.core;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.data.redis.RedisConnectionFailureException;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.connection.jedis.JedisConnectionFactory;
import org.springframework.data.redis.connection.jedis.JedisExceptionConverter;
import redis.clients.jedis.AbstractPipeline;
import redis.clients.jedis.ClusterCommandArguments;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Response;
import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.exceptions.JedisNoScriptException;
import redis.clients.jedis.util.KeyValue;

/**
 * Calls on Jedis' own clients: Spring Data Redis offers no pipelines on a cluster, and its conversions know no replies
 * of several kinds.
 */
final class JedisCalls {

    private static final Log LOG = LogFactory.getLog(JedisCalls.class);
    private static final JedisExceptionConverter EXCEPTIONS = new JedisExceptionConverter();

    private JedisCalls() {}

    static boolean supports(Object client) {
        return client instanceof UnifiedJedis;
    }

    /** Whether all connections of a factory are views of one client: not of one that chooses, as for several tenants. */
    static boolean isSharedBy(RedisConnectionFactory connections) {
        return connections.getClass() == JedisConnectionFactory.class;
    }

    /** The reply to one call; of a script by EVALSHA, and by EVAL if the server does not know it. */
    static @Nullable Object run(Object client, ScriptCall<?> call) {
        UnifiedJedis jedis = (UnifiedJedis) client;
        try {
            if (call.script().isCommand()) {
                return flat(jedis.executeCommand(command(call)));
            }
            int keyCount = call.keys().size();
            byte[][] keysAndArguments = call.keysAndArguments();
            try {
                return jedis.evalsha(call.script().digest(), keyCount, keysAndArguments);
            } catch (JedisNoScriptException ex) {
                return jedis.eval(call.script().body(), keyCount, keysAndArguments);
            }
        } catch (RuntimeException ex) {
            throw translated(ex);
        }
    }

    /**
     * The replies in the order of the calls; where there is none, the exception stands that the call would have thrown. A
     * cluster node that is away fails the calls for it only.
     */
    static List<@Nullable Object> run(Object client, List<? extends ScriptCall<?>> calls) {
        List<@Nullable Object> values = new ArrayList<>(calls.size());
        List<Supplier<@Nullable Object>> replies = new ArrayList<>(calls.size());
        try {
            AbstractPipeline pipeline = ((UnifiedJedis) client).pipelined();
            try {
                for (ScriptCall<?> call : calls) {
                    replies.add(append(pipeline, call));
                }
                pipeline.sync();
            } finally {
                close(pipeline);
            }
        } catch (RuntimeException ex) {
            throw translated(ex);
        }
        for (Supplier<@Nullable Object> reply : replies) {
            values.add(reply.get());
        }
        return values;
    }

    /** On a cluster Jedis reads once more before it gives the connections back, and trips over one that broke meanwhile. */
    private static void close(AbstractPipeline pipeline) {
        try {
            pipeline.close();
        } catch (RuntimeException ex) {
            LOG.debug("A pipeline did not end well", ex);
        }
    }

    private static Supplier<@Nullable Object> append(AbstractPipeline pipeline, ScriptCall<?> call) {
        try {
            Response<Object> response = call.script().isCommand()
                    ? pipeline.sendCommand(command(call))
                    : pipeline.evalsha(call.script().digest(), call.keys().size(), call.keysAndArguments());
            return () -> valueOrError(response);
        } catch (RuntimeException ex) {
            RuntimeException error = translated(ex);
            return () -> error;
        }
    }

    private static @Nullable Object valueOrError(Response<Object> response) {
        try {
            return flat(response.get());
        } catch (IllegalStateException ex) {
            // Jedis leaves the replies of a node unset whose connection broke under way.
            return new RedisConnectionFailureException("The connection was lost before the reply came", ex);
        } catch (RuntimeException ex) {
            return translated(ex);
        }
    }

    private static CommandArguments command(ScriptCall<?> call) {
        byte[] name = call.script().nameBytes();
        CommandArguments arguments = new ClusterCommandArguments(() -> name);
        for (byte[] key : call.keys()) {
            arguments.key(key);
        }
        for (byte[] argument : call.arguments()) {
            arguments.add(argument);
        }
        return arguments;
    }

    /** A map, which the newer protocol has, as the list of the older. */
    private static @Nullable Object flat(@Nullable Object reply) {
        // All entries of a list that is a map are pairs, and none of another list.
        if (!(reply instanceof List<?> list) || list.isEmpty() || !(list.get(0) instanceof KeyValue)) {
            return reply;
        }
        List<@Nullable Object> flat = new ArrayList<>(2 * list.size());
        for (Object entry : list) {
            flat.add(((KeyValue<?, ?>) entry).getKey());
            flat.add(((KeyValue<?, ?>) entry).getValue());
        }
        return flat;
    }

    private static RuntimeException translated(RuntimeException ex) {
        RuntimeException translated = EXCEPTIONS.convert(ex);
        return translated == null ? ex : translated;
    }
}
