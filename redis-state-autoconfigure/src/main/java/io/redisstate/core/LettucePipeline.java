package io.redisstate.core;

import io.lettuce.core.AbstractRedisAsyncCommands;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.async.BaseRedisAsyncCommands;
import io.lettuce.core.api.async.RedisScriptingAsyncCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.output.CommandOutput;
import io.lettuce.core.output.IntegerOutput;
import io.lettuce.core.output.NestedMultiOutput;
import io.lettuce.core.output.ValueOutput;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.ProtocolKeyword;
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
    static List<@Nullable Object> run(Object client, List<? extends ScriptCall<?>> calls) {
        List<RedisFuture<Object>> futures = new ArrayList<>(calls.size());
        calls.forEach(call -> futures.add(call.script().isCommand() ? command(client, call) : script(client, call)));
        long deadline = System.nanoTime() + timeoutOf(client).toNanos();
        List<@Nullable Object> replies = new ArrayList<>(calls.size());
        futures.forEach(future -> replies.add(valueOrError(future, deadline - System.nanoTime())));
        return replies;
    }

    @SuppressWarnings("unchecked")
    private static RedisFuture<Object> script(Object client, ScriptCall<?> call) {
        return ((RedisScriptingAsyncCommands<byte[], byte[]>) client)
                .evalsha(
                        new String(call.script().digest(), StandardCharsets.US_ASCII),
                        typeOf(call),
                        call.keys().toArray(byte[][]::new),
                        call.arguments().toArray(byte[][]::new));
    }

    @SuppressWarnings("unchecked")
    private static RedisFuture<Object> command(Object client, ScriptCall<?> call) {
        byte[] name = call.script().nameBytes();
        CommandArgs<byte[], byte[]> arguments = new CommandArgs<>(ByteArrayCodec.INSTANCE);
        call.keys().forEach(arguments::addKey);
        call.arguments().forEach(arguments::add);
        CommandOutput<byte[], byte[], ?> output =
                switch (typeOf(call)) {
                    case INTEGER -> new IntegerOutput<>(ByteArrayCodec.INSTANCE);
                    case MULTI -> new NestedMultiOutput<>(ByteArrayCodec.INSTANCE);
                    default -> new ValueOutput<>(ByteArrayCodec.INSTANCE);
                };
        return ((BaseRedisAsyncCommands<byte[], byte[]>) client)
                .dispatch(new Keyword(name), (CommandOutput<byte[], byte[], Object>) output, arguments);
    }

    /** A command by its name. */
    @SuppressWarnings("ArrayRecordComponent")
    private record Keyword(byte[] bytes) implements ProtocolKeyword {

        @Override
        public byte[] getBytes() {
            return bytes;
        }

        @Override
        public String toString() {
            return new String(bytes, StandardCharsets.US_ASCII);
        }
    }

    private static @Nullable Object valueOrError(RedisFuture<Object> future, long nanos) {
        try {
            return uninterruptibly(future, System.nanoTime() + nanos);
        } catch (ExecutionException ex) {
            return translated(ex.getCause() instanceof Exception cause ? cause : ex);
        } catch (TimeoutException ex) {
            future.cancel(false);
            return new QueryTimeoutException("Redis command timed out", ex);
        }
    }

    /** An interrupt meant for the thread that sends the pipeline is not one for the calls of others in it. */
    private static @Nullable Object uninterruptibly(RedisFuture<Object> future, long deadline)
            throws ExecutionException, TimeoutException {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return future.get(Math.max(deadline - System.nanoTime(), 0), TimeUnit.NANOSECONDS);
                } catch (InterruptedException ex) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
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
