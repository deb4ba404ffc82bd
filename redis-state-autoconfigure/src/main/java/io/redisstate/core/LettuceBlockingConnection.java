package io.redisstate.core;

import io.lettuce.core.RedisFuture;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.output.CommandOutput;
import io.lettuce.core.output.IntegerOutput;
import io.lettuce.core.output.NestedMultiOutput;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import io.lettuce.core.protocol.ProtocolKeyword;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.data.redis.RedisSystemException;
import org.springframework.data.redis.connection.RedisClusterConfiguration;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.connection.RedisSentinelConfiguration;
import org.springframework.data.redis.connection.RedisSocketConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceClientConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.connection.lettuce.LettuceExceptionConverter;

/** Of Lettuce: a client without a shared connection, on the same resources. */
final class LettuceBlockingConnection extends BlockingConnection {

    private static final Log LOG = LogFactory.getLog(LettuceBlockingConnection.class);
    private static final LettuceExceptionConverter EXCEPTIONS = new LettuceExceptionConverter();

    private final LettuceConnectionFactory settings;
    private final Duration timeout;
    private final boolean cluster;
    private @Nullable LettuceConnectionFactory open;
    private @Nullable RedisConnection connection;
    private boolean closed;
    private volatile long clientId = -1;

    LettuceBlockingConnection(RedisConnectionFactory connections, Duration longestBlock) {
        this.settings = (LettuceConnectionFactory) connections;
        this.timeout = timeoutOf(longestBlock, settings.getClientConfiguration().getCommandTimeout());
        this.cluster = settings.isClusterAware();
    }

    static boolean supports(RedisConnectionFactory connections) {
        return connections instanceof LettuceConnectionFactory;
    }

    @Override
    public @Nullable Object execute(String command, int keyPosition, byte[]... arguments) {
        CommandArgs<byte[], byte[]> words = new CommandArgs<>(ByteArrayCodec.INSTANCE);
        for (int i = 0; i < arguments.length; i++) {
            if (i == keyPosition) {
                words.addKey(arguments[i]);
            } else {
                words.add(arguments[i]);
            }
        }
        try {
            RedisClusterAsyncCommands<byte[], byte[]> commands = commands();
            if (clientId < 0 && !cluster) {
                clientId = send(
                        commands,
                        CommandType.CLIENT,
                        new IntegerOutput<>(ByteArrayCodec.INSTANCE),
                        new CommandArgs<>(ByteArrayCodec.INSTANCE).add("ID"));
            }
            List<Object> reply = send(
                    commands, CommandType.valueOf(command), new NestedMultiOutput<>(ByteArrayCodec.INSTANCE), words);
            // With RESP 3 this output takes a null for an element.
            if (reply == null || reply.isEmpty() || reply.size() == 1 && reply.get(0) == null) {
                return null;
            }
            // This output takes an error for an element.
            if (reply.size() == 1 && reply.get(0) instanceof Exception error) {
                throw translated(error);
            }
            return reply;
        } catch (RuntimeException ex) {
            drop();
            throw ex;
        }
    }

    private <T> T send(
            RedisClusterAsyncCommands<byte[], byte[]> commands,
            ProtocolKeyword command,
            CommandOutput<byte[], byte[], T> output,
            CommandArgs<byte[], byte[]> words) {
        RedisFuture<T> reply = commands.dispatch(command, output, words);
        try {
            return reply.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException ex) {
            throw translated(ex.getCause() instanceof Exception cause ? cause : ex);
        } catch (TimeoutException ex) {
            reply.cancel(false);
            throw new QueryTimeoutException("Redis command timed out", ex);
        } catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            reply.cancel(false);
            throw new QueryTimeoutException("Interrupted while waiting for the reply", ex);
        }
    }

    private static RuntimeException translated(Exception failure) {
        RuntimeException translated = EXCEPTIONS.convert(failure);
        return translated == null ? new RedisSystemException("Error in execution", failure) : translated;
    }

    @SuppressWarnings("unchecked")
    private static RedisClusterAsyncCommands<byte[], byte[]> commandsOf(RedisConnection connection) {
        return (RedisClusterAsyncCommands<byte[], byte[]>) connection.getNativeConnection();
    }

    private synchronized RedisClusterAsyncCommands<byte[], byte[]> commands() {
        if (closed) {
            throw new IllegalStateException("The connection has been closed");
        }
        if (open == null) {
            LettuceConnectionFactory factory = copy();
            factory.setShareNativeConnection(false);
            factory.afterPropertiesSet();
            factory.start();
            open = factory;
        }
        if (connection == null) {
            connection = open.getConnection();
        }
        return commandsOf(connection);
    }

    /** The next command opens another one: a reply that comes late must not be taken for that of another command. */
    private synchronized void drop() {
        clientId = -1;
        if (connection != null) {
            RedisConnection broken = connection;
            connection = null;
            try {
                broken.close();
            } catch (RuntimeException ex) {
                LOG.debug("Can't close a broken connection", ex);
            }
        }
    }

    private LettuceConnectionFactory copy() {
        RedisClusterConfiguration nodes = settings.getClusterConfiguration();
        if (nodes != null) {
            return new LettuceConnectionFactory(nodes, configuration());
        }
        RedisSentinelConfiguration sentinels = settings.getSentinelConfiguration();
        if (sentinels != null) {
            return new LettuceConnectionFactory(sentinels, configuration());
        }
        RedisSocketConfiguration socket = settings.getSocketConfiguration();
        if (socket != null) {
            return new LettuceConnectionFactory(socket, configuration());
        }
        return new LettuceConnectionFactory(settings.getStandaloneConfiguration(), configuration());
    }

    /** Without the setting to read from replicas: what blocks here changes a consumer group. */
    private LettuceClientConfiguration configuration() {
        LettuceClientConfiguration from = settings.getClientConfiguration();
        var builder = LettuceClientConfiguration.builder();
        if (from.isUseSsl()) {
            var ssl = builder.useSsl().verifyPeer(from.getVerifyMode());
            if (from.isStartTls()) {
                ssl.startTls();
            }
        }
        from.getClientResources().ifPresent(builder::clientResources);
        from.getClientOptions().ifPresent(builder::clientOptions);
        from.getClientName().ifPresent(builder::clientName);
        from.getRedisCredentialsProviderFactory().ifPresent(builder::redisCredentialsProviderFactory);
        return builder.commandTimeout(timeout)
                .shutdownTimeout(from.getShutdownTimeout())
                .shutdownQuietPeriod(from.getShutdownQuietPeriod())
                .build();
    }

    @Override
    public void unblock() {
        long id = clientId;
        if (id < 0) {
            return;
        }
        try (RedisConnection other = settings.getConnection()) {
            commandsOf(other)
                    .dispatch(
                            CommandType.CLIENT,
                            new IntegerOutput<>(ByteArrayCodec.INSTANCE),
                            new CommandArgs<>(ByteArrayCodec.INSTANCE)
                                    .add("UNBLOCK")
                                    .add(id))
                    .get(1, TimeUnit.SECONDS);
        } catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException | RuntimeException ex) {
            LOG.debug("Can't end a blocking command early", ex);
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        drop();
        if (open != null) {
            open.destroy();
            open = null;
        }
    }
}
