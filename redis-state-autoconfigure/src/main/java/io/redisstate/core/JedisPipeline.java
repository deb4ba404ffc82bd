package io.redisstate.core;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.data.redis.RedisConnectionFailureException;
import org.springframework.data.redis.connection.jedis.JedisExceptionConverter;
import redis.clients.jedis.AbstractPipeline;
import redis.clients.jedis.Response;
import redis.clients.jedis.UnifiedJedis;

/**
 * Pipelines on Jedis' own clients: Spring Data Redis offers none on a cluster.
 */
final class JedisPipeline {

    private static final JedisExceptionConverter EXCEPTIONS = new JedisExceptionConverter();

    private JedisPipeline() {}

    static boolean supports(Object client) {
        return client instanceof UnifiedJedis;
    }

    /**
     * The replies in the order of the calls; where there is none, the exception stands that the call would have thrown. A
     * cluster node that is away fails the calls for it only.
     */
    static List<@Nullable Object> run(Object client, List<? extends ScriptCall<?>> calls) {
        List<Supplier<@Nullable Object>> replies = new ArrayList<>(calls.size());
        try (AbstractPipeline pipeline = ((UnifiedJedis) client).pipelined()) {
            calls.forEach(call -> replies.add(append(pipeline, call)));
            pipeline.sync();
        } catch (RuntimeException ex) {
            throw translated(ex);
        }
        List<@Nullable Object> values = new ArrayList<>(calls.size());
        replies.forEach(reply -> values.add(reply.get()));
        return values;
    }

    private static Supplier<@Nullable Object> append(AbstractPipeline pipeline, ScriptCall<?> call) {
        try {
            Response<Object> response =
                    pipeline.evalsha(call.script().digest(), call.keys().size(), call.keysAndArguments());
            return () -> valueOrError(response);
        } catch (RuntimeException ex) {
            RuntimeException error = translated(ex);
            return () -> error;
        }
    }

    private static @Nullable Object valueOrError(Response<Object> response) {
        try {
            return response.get();
        } catch (IllegalStateException ex) {
            // Jedis leaves the replies of a node unset whose connection broke under way.
            return new RedisConnectionFailureException("The connection was lost before the reply came", ex);
        } catch (RuntimeException ex) {
            return translated(ex);
        }
    }

    private static RuntimeException translated(RuntimeException ex) {
        RuntimeException translated = EXCEPTIONS.convert(ex);
        return translated == null ? ex : translated;
    }
}
