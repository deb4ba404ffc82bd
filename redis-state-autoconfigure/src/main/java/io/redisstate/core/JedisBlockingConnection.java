package io.redisstate.core;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.data.redis.connection.RedisClusterConfiguration;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.connection.RedisSentinelConfiguration;
import org.springframework.data.redis.connection.RedisStandaloneConfiguration;
import org.springframework.data.redis.connection.jedis.JedisClientConfiguration;
import org.springframework.data.redis.connection.jedis.JedisConnectionFactory;
import org.springframework.data.redis.connection.jedis.JedisExceptionConverter;
import redis.clients.jedis.BuilderFactory;
import redis.clients.jedis.ClusterCommandArguments;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.CommandObject;
import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.util.KeyValue;

/** Of Jedis: a client whose pool only ever has the connection that blocks, and one that unblocked it. */
final class JedisBlockingConnection extends BlockingConnection {

    private static final Log LOG = LogFactory.getLog(JedisBlockingConnection.class);
    private static final JedisExceptionConverter EXCEPTIONS = new JedisExceptionConverter();

    private final JedisConnectionFactory settings;
    private final Duration timeout;
    private final boolean cluster;
    private @Nullable JedisConnectionFactory open;
    private boolean closed;
    private volatile long clientId = -1;

    JedisBlockingConnection(RedisConnectionFactory connections, Duration longestBlock) {
        this.settings = (JedisConnectionFactory) connections;
        this.timeout = timeoutOf(longestBlock, settings.getClientConfiguration().getReadTimeout());
        this.cluster = settings.isRedisClusterAware();
    }

    static boolean supports(RedisConnectionFactory connections) {
        return connections instanceof JedisConnectionFactory;
    }

    @Override
    public @Nullable Object execute(String command, int keyPosition, byte[]... arguments) {
        CommandArguments words = new ClusterCommandArguments(() -> KeySpace.bytes(command));
        for (int i = 0; i < arguments.length; i++) {
            if (i == keyPosition) {
                words.key(arguments[i]);
            } else {
                words.add(arguments[i]);
            }
        }
        words.blocking();
        try {
            UnifiedJedis client = client();
            if (clientId < 0 && !cluster) {
                clientId = (Long) send(client, new ClusterCommandArguments(() -> KeySpace.bytes("CLIENT")).add("ID"));
            }
            return flat(send(client, words));
        } catch (RuntimeException ex) {
            clientId = -1;
            RuntimeException translated = EXCEPTIONS.convert(ex);
            throw translated == null ? ex : translated;
        }
    }

    private static Object send(UnifiedJedis client, CommandArguments words) {
        return client.executeCommand(new CommandObject<>(words, BuilderFactory.RAW_OBJECT));
    }

    private synchronized UnifiedJedis client() {
        if (closed) {
            throw new IllegalStateException("The connection has been closed");
        }
        JedisConnectionFactory factory = open;
        if (factory == null) {
            factory = copy();
            factory.afterPropertiesSet();
            factory.start();
            open = factory;
        }
        try (RedisConnection connection = factory.getConnection()) {
            return (UnifiedJedis) connection.getNativeConnection();
        }
    }

    private JedisConnectionFactory copy() {
        RedisClusterConfiguration nodes = settings.getClusterConfiguration();
        if (nodes != null) {
            return new JedisConnectionFactory(nodes, configuration());
        }
        RedisSentinelConfiguration sentinels = settings.getSentinelConfiguration();
        if (sentinels != null) {
            return new JedisConnectionFactory(sentinels, configuration());
        }
        RedisStandaloneConfiguration server = settings.getStandaloneConfiguration();
        return new JedisConnectionFactory(
                server == null ? new RedisStandaloneConfiguration() : server, configuration());
    }

    private JedisClientConfiguration configuration() {
        JedisClientConfiguration from = settings.getClientConfiguration();
        var builder = JedisClientConfiguration.builder();
        from.getClientName().ifPresent(builder::clientName);
        builder.connectTimeout(from.getConnectTimeout()).readTimeout(from.getReadTimeout());
        from.getClientCustomizer().ifPresent(builder::customizeClient);
        builder.customizeClientConfig(client -> {
            from.getClientConfigCustomizer().ifPresent(customizer -> customizer.customize(client));
            client.blockingSocketTimeoutMillis(Math.toIntExact(timeout.toMillis()));
        });
        if (from.isUseSsl()) {
            var ssl = builder.useSsl();
            from.getSslSocketFactory().ifPresent(ssl::sslSocketFactory);
            from.getSslParameters().ifPresent(ssl::sslParameters);
            from.getHostnameVerifier().ifPresent(ssl::hostnameVerifier);
        }
        return builder.build();
    }

    @Override
    public void unblock() {
        long id = clientId;
        if (id < 0) {
            return;
        }
        try {
            send(
                    client(),
                    new ClusterCommandArguments(() -> KeySpace.bytes("CLIENT"))
                            .add("UNBLOCK")
                            .add(id));
        } catch (RuntimeException ex) {
            LOG.debug("Can't end a blocking command early", ex);
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (open != null) {
            open.destroy();
            open = null;
        }
    }

    /** RESP 3 gives maps where RESP 2 gives arrays. */
    private static @Nullable Object flat(@Nullable Object reply) {
        if (reply instanceof List<?> list && !list.isEmpty() && list.get(0) instanceof KeyValue) {
            List<@Nullable Object> all = new ArrayList<>(2 * list.size());
            for (Object entry : list) {
                KeyValue<?, ?> pair = (KeyValue<?, ?>) entry;
                all.add(pair.getKey());
                all.add(pair.getValue());
            }
            return all;
        }
        return reply;
    }
}
