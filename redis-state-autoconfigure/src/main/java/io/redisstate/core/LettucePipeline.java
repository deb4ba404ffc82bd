package io.redisstate.core;

import io.lettuce.core.AbstractRedisAsyncCommands;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.async.RedisScriptingAsyncCommands;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.data.redis.RedisSystemException;
import org.springframework.data.redis.connection.ReturnType;
import org.springframework.data.redis.connection.lettuce.LettuceExceptionConverter;

/**
 * Pipelines on Lettuce's own asynchronous commands: those of Spring Data Redis lose all replies when one is an error.
 */
final class LettucePipeline {

    private static final LettuceExceptionConverter EXCEPTIONS = new LettuceExceptionConverter();
    private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(60);

    private LettucePipeline() {}

    static boolean supports(Object client) {
        return client instanceof RedisScriptingAsyncCommands;
    }

    /** The replies in the order of the calls; where there is none, the exception stands that the call would have thrown. */
    @SuppressWarnings("unchecked")
    static List<@Nullable Object> run(Object client, List<? extends ScriptCall<?>> calls) {
        RedisScriptingAsyncCommands<byte[], byte[]> commands = (RedisScriptingAsyncCommands<byte[], byte[]>) client;
        List<RedisFuture<Object>> futures = new ArrayList<>(calls.size());
        calls.forEach(call -> futures.add(commands.evalsha(
                new String(call.script().digest(), StandardCharsets.US_ASCII),
                typeOf(call),
                call.keys().toArray(byte[][]::new),
                call.arguments().toArray(byte[][]::new))));
        long deadline = System.nanoTime() + timeoutOf(client).toNanos();
        List<@Nullable Object> replies = new ArrayList<>(calls.size());
        futures.forEach(future -> replies.add(valueOrError(future, deadline - System.nanoTime())));
        return replies;
    }

    private static @Nullable Object valueOrError(RedisFuture<Object> future, long nanos) {
        try {
            return future.get(Math.max(nanos, 0), TimeUnit.NANOSECONDS);
        } catch (ExecutionException ex) {
            return translated(ex.getCause() instanceof Exception cause ? cause : ex);
        } catch (TimeoutException ex) {
            future.cancel(false);
            return new QueryTimeoutException("Redis command timed out", ex);
        } catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            return new QueryTimeoutException("Interrupted while waiting for the reply", ex);
        }
    }

    private static RuntimeException translated(Exception ex) {
        RuntimeException translated = EXCEPTIONS.convert(ex);
        return translated == null ? new RedisSystemException("Error in execution", ex) : translated;
    }

    private static ScriptOutputType typeOf(ScriptCall<?> call) {
        ReturnType type = call.script().reply().type();
        return switch (type) {
            case INTEGER -> ScriptOutputType.INTEGER;
            case MULTI -> ScriptOutputType.MULTI;
            default -> ScriptOutputType.VALUE;
        };
    }

    private static Duration timeoutOf(Object client) {
        return client instanceof AbstractRedisAsyncCommands<?, ?> commands
                ? commands.getConnection().getTimeout()
                : DEFAULT_TIMEOUT;
    }
}
