package io.redisstate.test;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DefaultClientResources;
import java.time.Duration;
import org.springframework.data.redis.connection.jedis.JedisClientConfiguration;
import org.springframework.data.redis.connection.jedis.JedisConnectionFactory;
import org.springframework.data.redis.connection.lettuce.LettuceClientConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import redis.clients.jedis.ConnectionPoolConfig;

/** How the tests' clients are set up: as an application's, with short time-outs. */
final class Clients {

    private static final Duration TIMEOUT = Duration.ofSeconds(2);

    private static final class Lettuce {
        private static final ClientResources RESOURCES = resources();

        private static ClientResources resources() {
            // Not shut down: its threads are daemons, and connections that end with the JVM would wait for them for
            // ever.
            return DefaultClientResources.builder()
                    .ioThreadPoolSize(2)
                    .computationThreadPoolSize(2)
                    .build();
        }
    }

    private Clients() {}

    static JedisClientConfiguration jedis() {
        ConnectionPoolConfig pool = new ConnectionPoolConfig();
        pool.setMaxTotal(64);
        pool.setMaxIdle(64);
        return JedisClientConfiguration.builder()
                .connectTimeout(TIMEOUT)
                .readTimeout(TIMEOUT)
                .usePooling()
                .poolConfig(pool)
                .build();
    }

    static LettuceClientConfiguration lettuce() {
        return lettuce(TIMEOUT);
    }

    static LettuceClientConfiguration lettuce(Duration commandTimeout) {
        return LettuceClientConfiguration.builder()
                .commandTimeout(commandTimeout)
                .shutdownTimeout(Duration.ZERO)
                .clientResources(Lettuce.RESOURCES)
                .clientOptions(ClientOptions.builder()
                        .socketOptions(
                                SocketOptions.builder().connectTimeout(TIMEOUT).build())
                        .build())
                .build();
    }

    static JedisConnectionFactory started(JedisConnectionFactory factory) {
        factory.afterPropertiesSet();
        factory.start();
        return factory;
    }

    static LettuceConnectionFactory started(LettuceConnectionFactory factory) {
        factory.afterPropertiesSet();
        factory.start();
        return factory;
    }
}
