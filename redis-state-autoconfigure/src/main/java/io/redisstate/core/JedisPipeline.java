package io.redisstate.core;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.data.redis.connection.jedis.JedisExceptionConverter;
import redis.clients.jedis.AbstractPipeline;
import redis.clients.jedis.Response;
import redis.clients.jedis.UnifiedJedis;

/**
 * Pipelines on Jedis' own clients, the cluster one included, where Spring Data Redis offers none.
 */
final class JedisPipeline {

    private static final JedisExceptionConverter EXCEPTIONS = new JedisExceptionConverter();

    private JedisPipeline() {}

    static boolean supports(Object client) {
        return client instanceof UnifiedJedis;
    }

    /** The replies in the order of the calls; an error reply stands as the exception it would have thrown. */
    static List<@Nullable Object> run(Object client, List<? extends ScriptCall<?>> calls) {
        List<Response<Object>> responses = new ArrayList<>(calls.size());
        try (AbstractPipeline pipeline = ((UnifiedJedis) client).pipelined()) {
            for (ScriptCall<?> call : calls) {
                responses.add(
                        pipeline.evalsha(call.script().digest(), call.keys().size(), call.keysAndArguments()));
            }
            pipeline.sync();
        } catch (RuntimeException ex) {
            throw translated(ex);
        }
        List<@Nullable Object> replies = new ArrayList<>(calls.size());
        responses.forEach(response -> replies.add(valueOrError(response)));
        return replies;
    }

    private static @Nullable Object valueOrError(Response<Object> response) {
        try {
            return response.get();
        } catch (RuntimeException ex) {
            return translated(ex);
        }
    }

    private static RuntimeException translated(RuntimeException ex) {
        RuntimeException translated = EXCEPTIONS.convert(ex);
        return translated == null ? ex : translated;
    }
}
